/**
 * What acts on a terminal instead of being shown: control characters of both sets (0x9b alone starts a sequence on some
 * terminals), marks that turn the direction of writing, line separators, halves of surrogate pairs, invisible characters.
 */
const ACTING = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

/** Text from outside, safe to show on one line of a terminal: what would act is written as `\x1b` or `\u202e`. */
export function shown(text: string): string {
  return text.replace(ACTING, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code > 0xffff
      ? `\\u{${code.toString(16)}}`
      : code > 0xff
        ? `\\u${code.toString(16).padStart(4, '0')}`
        : `\\x${code.toString(16).padStart(2, '0')}`
  })
}

/** A value as one line of JSON that does not act on a terminal either. */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value).replace(ACTING, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
  return `${text}\n`
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Columns that text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1
  return width
}

/** Text cut to `width` columns, with an ellipsis where something is missing. */
export function fit(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const next = used + (WIDE.test(segment) ? 2 : 1)
    if (next > width - 1) break
    kept += segment
    used = next
  }
  return `${kept}…`
}
