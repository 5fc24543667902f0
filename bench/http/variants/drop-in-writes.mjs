import { openBoth } from './drop-in.mjs'

/** Each request changes its session. */
export const open = ({ url }) => openBoth(url, true)
