/** The owners of the rows that were read last: a hint which saves a question, never taken for the truth. */
export interface OwnerHints {
  note(id: string, owner: string | null): void
  of(id: string): string | undefined
}

/** A row is ended or swept right after it was read; so many others are not read in between. */
const REMEMBERED = 1_024

export function ownerHints(): OwnerHints {
  const owners = new Map<string, string>()
  return {
    note(id, owner) {
      if (owner === null || owners.has(id)) return
      owners.set(id, owner)
      if (owners.size > REMEMBERED) for (const oldest of owners.keys()) return void owners.delete(oldest)
    },
    of: (id) => owners.get(id),
  }
}
