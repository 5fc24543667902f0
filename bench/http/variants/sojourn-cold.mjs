import { openSojourn } from './sojourn.mjs'

/** Nothing is answered from memory: each request reads the store. What it answers unchanged is not opened again. */
export const open = ({ url }) => openSojourn(url, { cache: { maxSessions: 0 } })
