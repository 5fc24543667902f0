import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { AuditLog } from './audit.js'
import type { SessionEvent } from './event.js'

export interface FileAuditOptions {
  /** One JSON object a line is appended to this file, which is made, with mode 0600, if it is missing. */
  readonly path: string
}

interface Waiting {
  readonly line: string
  readonly done: () => void
  readonly failed: (cause: unknown) => void
}

/**
 * An audit log in a file of JSON lines. A record is on the disk when `append` resolves; records that arrive while the disk
 * is busy share the next write.
 */
export async function fileAudit(options: FileAuditOptions): Promise<AuditLog> {
  await mkdir(dirname(options.path), { recursive: true, mode: 0o700 })
  const file: FileHandle = await open(options.path, 'a', 0o600)
  let queue: Waiting[] = []
  let writing: Promise<void> | undefined
  let closed = false

  async function writeAll(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue
      queue = []
      try {
        await file.appendFile(batch.map(({ line }) => line).join(''))
        await file.datasync()
        for (const { done } of batch) done()
      } catch (cause) {
        for (const { failed } of batch) failed(cause)
      }
    }
    writing = undefined
  }

  return Object.freeze({
    append(event: SessionEvent): Promise<void> {
      if (closed) return Promise.reject(new Error('The audit log is closed.'))
      // JSON escapes control characters, so a hostile value cannot begin a line of its own (ASVS 16.4.1).
      const { time, ...rest } = event
      const line = `${JSON.stringify({ time: new Date(time).toISOString(), ...rest })}\n`
      return new Promise((done, failed) => {
        queue.push({ line, done, failed })
        writing ??= writeAll()
      })
    },
    async close(): Promise<void> {
      if (closed) return
      closed = true
      await writing
      await file.close()
    },
  })
}
