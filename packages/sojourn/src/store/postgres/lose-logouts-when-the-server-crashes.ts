/** The consent to a server that answers a commit before it is on the disk. */
export interface LosesLogouts {
  readonly consent: 'logouts are lost when the server crashes'
}

/**
 * Lets the store work on a server whose `fsync` is off, for throw-away databases. When that server or its machine crashes,
 * sessions that were ended are alive again, or the whole database is destroyed; no change is ever called `durable`.
 */
export function loseLogoutsWhenTheServerCrashes(): LosesLogouts {
  return Object.freeze({ consent: 'logouts are lost when the server crashes' })
}
