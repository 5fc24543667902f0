/** The owners of the rows that this process saw last. An owner never changes but to null, so they are good guesses. */
export interface OwnerGuess {
  of(id: string): string | undefined
  note(id: string, owner: string | null): void
}

/** About two megabytes. A row that is not among them costs one round trip more. */
const MOST_ROWS = 10_000

export function ownerGuess(): OwnerGuess {
  const owners = new Map<string, string>()
  return {
    of: (id) => owners.get(id),
    note(id, owner) {
      owners.delete(id)
      if (owner === null) return
      owners.set(id, owner)
      if (owners.size <= MOST_ROWS) return
      for (const oldest of owners.keys()) {
        owners.delete(oldest)
        return
      }
    },
  }
}
