import type { SessionEvent } from './event.js'

/**
 * Where every operation is recorded. `append` resolves when the record is durable. The engine waits for it before it
 * answers, but its failure never stops an operation: the record is kept and tried again.
 */
export interface AuditLog {
  append(event: SessionEvent): Promise<void>
  close(): Promise<void>
}
