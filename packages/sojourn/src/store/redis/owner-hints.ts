/** The owners of the rows that were read or written last: a hint which saves a question, never taken for the truth. */
export interface OwnerHints {
  note(id: string, owner: string | null): void
  of(id: string): string | undefined
}

/** A row is ended or swept soon after it was read or written; a session that is kept in memory may not be read again. About 3 MiB. */
const REMEMBERED = 16_384

/** In two halves, of which the older one goes as a whole: a map whose oldest entry is taken out each time has to look for it behind ever more gaps. */
export function ownerHints(): OwnerHints {
  let young = new Map<string, string>()
  let old = new Map<string, string>()
  return {
    note(id, owner) {
      if (owner === null || young.has(id)) return
      young.set(id, owner)
      if (young.size * 2 < REMEMBERED) return
      old = young
      young = new Map()
    },
    of: (id) => young.get(id) ?? old.get(id),
  }
}
