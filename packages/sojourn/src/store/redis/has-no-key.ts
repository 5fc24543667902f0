import type { Command } from './wire.js'

const WITHOUT_KEY: ReadonlySet<unknown> = new Set(['PING', 'INFO', 'WAIT', 'SCRIPT'])

/** Whether a client for a cluster cannot tell from the command which node it is meant for. */
export const hasNoKey = (command: Command): boolean => WITHOUT_KEY.has(command[0])
