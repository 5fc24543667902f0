import type { Parts } from './parts.js'

/** What a script answered: its result, or the stored owner, who has to be named for it. */
export type Outcome<T> = { readonly answer: T } | { readonly owner: string }

/** The owner of a row changes once at most, so after two answers that name one, the third cannot. */
const MOST_NAMINGS = 3

/**
 * Runs a script that may have to touch the index of the stored owner. All keys of a script are named beforehand (some
 * servers insist), but the owner stands in the row: it is taken from what was read last, or left out, and the script names
 * it where that was wrong.
 */
export async function writeOwned<T>(
  { keys, hints }: Parts,
  { id, bucket, owner }: { readonly id: string; readonly bucket: string; readonly owner?: string | null },
  run: (names: readonly [string, string, ...string[]], owner: string) => Promise<Outcome<T>>,
): Promise<T> {
  let named = owner ?? hints.of(id) ?? ''
  for (let namings = 0; namings < MOST_NAMINGS; namings++) {
    const index = named === '' ? [] : [keys.owner(bucket, named)]
    const outcome = await run([keys.row(bucket, id), keys.expiry(bucket), ...index], named)
    if ('answer' in outcome) return outcome.answer
    named = outcome.owner
  }
  throw new Error('The owner of a row changes faster than it can be named.')
}
