import type { AuditLog } from 'sojourn'

/** An audit log that is opened, and made, when there is something to write. */
export function lateAudit(open: () => Promise<AuditLog>): AuditLog {
  let opened: Promise<AuditLog> | undefined
  return Object.freeze<AuditLog>({
    async append(event) {
      // One that could not be opened may be the next time.
      opened ??= open().catch((fault: unknown) => {
        opened = undefined
        throw fault
      })
      await (await opened).append(event)
    },
    async close() {
      await (await opened)?.close()
    },
  })
}
