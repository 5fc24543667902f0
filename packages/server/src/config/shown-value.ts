/** What was found. Text is shown where it is a short word: anything else may be an address with a password, or a key. */
export function shownValue(value: unknown, isHidden: boolean): string {
  if (value === null) return 'nothing'
  if (value === undefined) return 'a variable that is not set'
  if (typeof value === 'string')
    return !isHidden && /^[A-Za-z0-9_-]{1,20}$/.test(value) ? JSON.stringify(value) : `a text of ${value.length} characters`
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === 'object' ? 'a section' : String(value)
}
