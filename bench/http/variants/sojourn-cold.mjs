import { openSojourn } from './sojourn.mjs'

/** Nothing is kept in memory: each request reads the store. */
export const open = ({ url }) => openSojourn(url, { cache: { maxSessions: 0 } })
