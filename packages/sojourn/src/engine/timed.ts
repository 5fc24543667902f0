import type { Engine } from './engine.js'

/** Runs an operation and notes how long it took, also when it fails. */
export async function timed<Answer>(
  engine: Pick<Engine, 'clock' | 'metrics'>,
  operation: string,
  run: () => Promise<Answer>,
): Promise<Answer> {
  const start = engine.clock.monotonic()
  try {
    return await run()
  } finally {
    engine.metrics.observe(operation, engine.clock.monotonic() - start)
  }
}
