import { readFileSync } from 'node:fs'

const WATCH_MS = 500

/** Name and parent of a process, where the system tells them as files (Linux). */
function processAt(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return { name: /^Name:\t(.*)$/m.exec(status)?.[1], parent: /^PPid:\t(\d+)$/m.exec(status)?.[1] }
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined
    throw error
  }
}

/** The processes between this one and npm, in one text: npm runs a script through a shell, which on some systems stays. */
function lineage() {
  const parent = processAt(process.ppid)
  return `${process.ppid} ${parent?.name?.endsWith('sh') ? parent.parent : ''}`
}

/**
 * Ends this process, as SIGTERM would, once the npm that started it is gone (`kill -9`): nobody is left who could stop it,
 * and it would go on holding its port.
 */
export function endWithParent() {
  const first = lineage()
  const watch = setInterval(() => {
    if (lineage() === first) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, WATCH_MS)
  watch.unref()
}
