import { publicReason } from 'sojourn'
import { type Call, defineCall, type Service } from '../call.js'
import { eventStream } from '../event-stream.js'
import { Problem } from '../problem.js'
import { signedIn } from '../signed-in.js'

/** Operators and their tools; more is a leak. */
const MAX_OPERATORS = 100
/** Tabs of one browser; more are no use to anybody. */
const MAX_OF_SESSION = 16

const STREAM = 'text/event-stream'

/** What is told as it happens. */
export function eventCalls(service: Service): readonly Call[] {
  return [ofEverything(service), ofMySession(service)]
}

function ofEverything(service: Service): Call {
  let open = 0
  return defineCall({
    method: 'get',
    path: '/api/v1/admin/events',
    who: 'admin',
    summary: 'What happens on this node, as it happens (server-sent events)',
    answers: {
      200: {
        description:
          'Each event under its name, for example `session.ended` with its reason, once the change is stored. Users and addresses are keyed pseudonyms. `lost`: the reader was too slow, some events are missing, and the stream ends.',
        mediaType: STREAM,
      },
      409: { description: 'There are 100 such streams already.' },
    },
    run({ c }) {
      if (open >= MAX_OPERATORS)
        throw new Problem(409, 'CONFLICT', `There are ${MAX_OPERATORS} streams of events already. Close one first.`)
      return eventStream(c, service, ({ send }) => {
        open += 1
        const off = service.sessions.on((event) => send(event.type, event))
        return () => {
          open -= 1
          off()
        }
      })
    },
  })
}

function ofMySession(service: Service): Call {
  const open = new Map<string, number>()
  return defineCall({
    method: 'get',
    path: '/api/v1/auth/events',
    who: 'user',
    summary: 'Tells when my session ends (server-sent events)',
    answers: {
      200: {
        description:
          '`session.ended` with a reason in one of four words, and then the stream ends: at once if the end came through this node, else within half a minute. It is no activity of the session.',
        mediaType: STREAM,
      },
      409: { description: 'This session has 16 such streams already, or the service has too many.' },
    },
    async run({ c, presented }) {
      if (presented === undefined) throw new TypeError('A call of users has a token.')
      const { id } = await signedIn(service, c, presented)
      const mine = open.get(id) ?? 0
      if (mine >= MAX_OF_SESSION) throw new Problem(409, 'CONFLICT', `This session has ${MAX_OF_SESSION} streams already. Close one first.`)
      return eventStream(c, service, ({ send, end }) => {
        const off = service.sessions.onEnded(id, (reason) => {
          send('session.ended', { reason: publicReason(reason) })
          end()
        })
        open.set(id, (open.get(id) ?? 0) + 1)
        return () => {
          off()
          const left = (open.get(id) ?? 1) - 1
          if (left === 0) open.delete(id)
          else open.set(id, left)
        }
      })
    },
  })
}
