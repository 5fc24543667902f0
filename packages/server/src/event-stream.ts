import type { Context } from 'hono'
import type { Clock } from 'sojourn'

/** Writes into one stream. */
export interface StreamWriter {
  /** `type` is the name of the event; `data` becomes one line of JSON. */
  send(type: string, data: unknown): void
  /** Sends what was written and ends the stream. */
  end(): void
}

/** How many events may wait for a reader who is slow; about a megabyte. */
const MAX_WAITING = 1_000
/** Shorter than the 30 s and 60 s after which proxies cut what is silent, and than a service takes to close. */
const BEAT = 5_000
const encoder = new TextEncoder()

/**
 * A stream of server-sent events. `begin` gets the writer and answers what stops it; it is called once, and what it answered
 * once too: when the reader goes, when it is too slow (it is told `lost`, and begins again), and when the service closes
 * (`closing`). A comment every five seconds tells the reader that the stream lives.
 */
export function eventStream(
  c: Context,
  { clock, draining }: { readonly clock: Clock; readonly draining: () => boolean },
  begin: (writer: StreamWriter) => () => void,
): Response {
  c.header('Content-Type', 'text/event-stream; charset=utf-8')
  c.header('Cache-Control', 'no-store')
  // nginx would hold events back to fill its buffer.
  c.header('X-Accel-Buffering', 'no')
  // There is nobody who would ever read it, and end it by that.
  if (c.req.method === 'HEAD') return c.body(null)
  let stop = (): void => undefined
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let open = true
        let cancelBeat = (): void => undefined
        let stopSource = (): void => undefined
        stop = () => {
          if (!open) return
          open = false
          cancelBeat()
          stopSource()
        }
        const write = (text: string): void => controller.enqueue(encoder.encode(text))
        const end = (): void => {
          if (!open) return
          stop()
          controller.close()
        }
        const send = (type: string, data: unknown): void => {
          if (!open) return
          const isLate = (controller.desiredSize ?? 0) <= 1
          write(isLate ? 'event: lost\ndata: {}\n\n' : `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
          if (isLate) end()
        }
        const beat = (): void => {
          if (!open) return
          if (draining()) {
            send('closing', {})
            end()
            return
          }
          // A reader who takes nothing is found out by its events.
          if ((controller.desiredSize ?? 0) > 1) write(': alive\n\n')
          cancelBeat = clock.after(BEAT, beat)
        }
        beat()
        stopSource = begin({ send, end })
        if (!open) stopSource()
      },
      cancel: () => stop(),
    },
    { highWaterMark: MAX_WAITING },
  )
  return c.body(stream)
}
