function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const part of Object.values(value)) freeze(part)
  Object.freeze(value)
}

/**
 * The same object with all of its parts frozen to their depths: parts of a record are handed out as they are, and one record may serve
 * many callers. Not the record itself: nobody is given it, and what is frozen takes fifteen times as long to copy.
 */
export function frozenParts<Whole extends object>(whole: Whole): Whole {
  for (const part of Object.values(whole)) freeze(part)
  return whole
}
