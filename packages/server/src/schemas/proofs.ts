import { z } from '@hono/zod-openapi'
import type { DpopRequest } from 'sojourn'
import { text } from './text.js'

/** What came from a client is judged whatever stands in it, like its token; only its length is a matter of the request. */
const shown = (what: string): z.ZodString => {
  const allowed = `${what} is a string of 1 to 8192 characters.`
  return z.string({ error: allowed }).min(1, allowed).max(8_192, allowed)
}

const dpop = z.strictObject(
  {
    method: text({ most: 32, pattern: /^[A-Z]+$/, allowed: 'A method is capital letters, for example GET.', example: 'GET' }),
    url: text({
      most: 8_192,
      pattern: /^(?:https?:\/\/|\/)[A-Za-z0-9._~:/?#@!$&()*+,;=%[\]-]*$/,
      allowed: 'An address is a path or an http address.',
      example: 'https://api.example.com/orders',
    }),
    proof: shown('A proof').optional(),
  },
  { error: 'dpop is an object of method, url and proof.' },
)

/** What a client showed beside its token, for those who validate it. */
export const proofFields: {
  readonly dpop: z.ZodOptional<z.ZodType<DpopRequest | 'left-to-caller'>>
  readonly boundCookie: z.ZodOptional<z.ZodType<string>>
} = {
  dpop: z.union([dpop, z.enum(['left-to-caller'])], { error: 'dpop is an object of method, url and proof, or left-to-caller.' }).optional(),
  boundCookie: shown('The cookie of a bound browser').optional(),
}

/** The key to bind a new session to. */
export const confirmation: z.ZodType<{ readonly jkt: string }> = z.strictObject(
  {
    jkt: text({
      most: 43,
      pattern: /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/,
      allowed: 'A thumbprint is 43 base64url characters (RFC 7638).',
      example: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
    }),
  },
  { error: 'dpop is an object of jkt.' },
)
