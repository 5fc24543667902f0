import { openFastJwt } from './fast-jwt.mjs'

/** fast-jwt with its cache, which holds what was verified for as long as the token lives: nothing can be revoked. */
export const open = async () => openFastJwt({ cache: 10_000 })
