/** Large enough that a field of a megabyte is answered with its name, small enough to be held in memory by many requests at once. */
export const MAX_BODY_BYTES: number = 2 * 1024 * 1024

/** The deepest body that any call has a use for is `data` of an application, nested a few times. */
export const MAX_JSON_DEPTH = 16

/** All objects of one body together. */
export const MAX_JSON_KEYS = 1_000

/** Longer tokens were not made here; shorter ones that are not ours are judged like any other. */
export const MAX_TOKEN_CHARACTERS = 8_192

/** Node answers 431 above it. A cookie of the largest size browsers keep (4 KiB) and a token fit. */
export const MAX_HEADER_BYTES: number = 16 * 1024

/** A client that has not sent its headers by then is not going to. */
export const HEADERS_TIMEOUT = 10_000

/** For the whole request, body included. */
export const REQUEST_TIMEOUT = 30_000

/** Longer than the 60 s after which common load balancers drop an idle connection: the side that sends must be the one to close. */
export const KEEP_ALIVE_TIMEOUT = 65_000

/** How long requests that are under way may take when the service closes. */
export const CLOSE_TIMEOUT = 10_000
