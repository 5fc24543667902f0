import { z } from '@hono/zod-openapi'
import type { Mode } from 'sojourn'

/** How a node stands. */
export const mode: z.ZodType<Mode> = z.enum(['healthy', 'suspect', 'degraded', 'recovering']).openapi({
  description: 'degraded: the store does not answer, or changes may go unheard. recovering: what waited for it is being brought over.',
})
