import type { SessionEvent } from './event.js'
import type { Logger } from './log.js'

/** Tells this process what happens in it. Nothing that a listener does can fail or delay an operation. */
export interface EventBus {
  publish(event: SessionEvent): void
  subscribe(listener: (event: SessionEvent) => void): () => void
  /** Whether anybody listens. */
  isHeard(): boolean
}

/** More listeners than this are a leak: one is added at each request and none is taken away. */
const MAX_LISTENERS = 1_000

export function eventBus(logger: Logger): EventBus {
  const listeners = new Set<(event: SessionEvent) => void>()
  return Object.freeze({
    publish(event: SessionEvent): void {
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (error) {
          logger.error({ event: event.type, error: String(error) }, 'a listener of session events failed')
        }
      }
    },
    subscribe(listener: (event: SessionEvent) => void): () => void {
      if (listeners.size >= MAX_LISTENERS)
        throw new RangeError(`There are ${MAX_LISTENERS} listeners already; call the function that \`on\` returned to take one away.`)
      // Wrapped, so that the same function can listen twice and each is taken away by itself.
      const entry = (event: SessionEvent): void => listener(event)
      listeners.add(entry)
      return () => {
        listeners.delete(entry)
      }
    },
    isHeard: () => listeners.size > 0,
  })
}
