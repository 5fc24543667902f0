import type { Clock } from 'sojourn'

/** What `work` comes to, or undefined if it takes longer than this; then it goes on. */
export async function within<Answer>(clock: Clock, millis: number, work: Promise<Answer>): Promise<Answer | undefined> {
  let cancel = (): void => undefined
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(millis, () => resolve(undefined))
  })
  try {
    return await Promise.race([work, late])
  } finally {
    cancel()
  }
}
