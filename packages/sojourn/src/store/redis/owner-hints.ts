/** The owners of the rows that were read or written last: a hint which saves a question, never taken for the truth. */
export interface OwnerHints {
  note(id: string, owner: string | null): void
  of(id: string): string | undefined
}

/** A row is ended or swept soon after it was read or written; a session that is kept in memory may not be read again. About 3 MiB. */
const REMEMBERED = 16_384

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
