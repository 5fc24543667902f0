import type { Clock, Millis } from '../clock.js'

/** Where what a channel says is heard. */
export interface Ears {
  /** A message that somebody sent through this channel, ourselves included. In the order in which the place took them. */
  heard(message: string): void
  /** Messages may have been missed, or the place has been replaced by another: nothing that was heard before counts. Called once. */
  lost(cause: unknown): void
}

/** An open ear. */
export interface Listening {
  close(): Promise<void>
}

/** A node that has said that it may be answering from memory. */
export interface Registered {
  readonly node: string
  /** Milliseconds until its registration runs out, by the clock of the place. */
  readonly remaining: Millis
}

export interface Called {
  /** All nodes whose registration has not run out, also those that do not listen any more. */
  readonly members: readonly Registered[]
  /** How long this place has been the one that takes writes. Before that another one may have known other members. */
  readonly servesFor: Millis
  /** How long the register of members has existed: one that was emptied a moment ago does not know them all. */
  readonly registerAge: Millis
}

/**
 * One place where rows are kept (a Redis primary, a Postgres server) and through which messages pass. What a store verb
 * says of a change leaves here in the same atomic step as the change, so that whoever hears a later message has heard it.
 */
export interface Channel {
  /** Tells places apart, for people: no credentials in it. */
  readonly name: string
  /** Resolves when everything that is sent from now on will be heard. Missing where one can send only: then nothing is kept in memory. */
  readonly listen?: (ears: Ears) => Promise<Listening>
  /**
   * Registers `node` for `life` and sends `message` in one step. Resolves once as many copies as are configured have the
   * registration, or it is known that they do not have it in time.
   */
  register(node: string, life: Millis, message: string): Promise<Kept>
  /** Sends `message` and tells, in one step, who is registered. */
  call(message: string): Promise<Called>
  send(message: string): Promise<void>
  /** Takes the registration back. */
  leave(node: string): Promise<void>
}

export interface Kept {
  /** False if copies do not have the registration: then this place may have been replaced without knowing it. */
  readonly isDurable: boolean
  /** Another text whenever this place has begun anew: restarted, promoted, emptied. What it knew before may be lost. */
  readonly incarnation: string
}

/** All channels of a store. */
export interface Channels {
  /** False where one can send only. */
  readonly canListen: boolean
  /** What its waits are measured by. */
  readonly clock: Clock
  /** The channel of the place that takes writes of this row (or owner, or bucket) now; undefined while there is none. */
  of(id: string): Channel | undefined
  /** Every place that takes writes now. Which these are may change at any time: ask again. */
  all(): readonly Channel[]
}

/** A change that another process has made; `Infinity` for a row that was taken out. */
export interface Changed {
  readonly id: string
  readonly version: number
}

/** A store on this host that can say at any instant, without waiting, what was changed by whomever. */
export interface Watching {
  /** Begins to watch. */
  watch(): Watch
}

export interface Watch {
  /** What was changed with a message since the last call, or `all` if that is not known any more. */
  unheard(): readonly Changed[] | 'all'
  close(): void
}
