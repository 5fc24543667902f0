import { z } from '@hono/zod-openapi'
import { mode } from './mode.js'

const node = z
  .strictObject({
    id: z.string().openapi({ description: 'New at each start of a process.' }),
    name: z.string().openapi({ description: 'What people call it.' }),
    isSelf: z.boolean(),
    silentFor: z.number().openapi({ description: 'Milliseconds since its last sign of life.' }),
    state: z
      .enum(['healthy', 'suspect', 'gone'])
      .openapi({ description: 'gone: its lease has run out, so it accepts nothing from memory.' }),
    lag: z.number().optional().openapi({ description: 'Milliseconds that the last beat of the answering node took to come back.' }),
  })
  .openapi('Node')

const delay = z.number().optional()

/** What one node tells of all. */
export const nodesAnswer: z.ZodType = z
  .strictObject({
    mode,
    revocationDelay: z.strictObject({ last: delay, longest: delay }).openapi({
      description:
        'Milliseconds from the moment at which the store had an end until no node accepted the session; absent before the first.',
    }),
    nodes: z.array(node),
  })
  .openapi('Nodes')
