import { openSojourn } from './sojourn.mjs'

/** Every session is in the near-cache. */
export const open = ({ url }) => openSojourn(url)
