import type { Socket } from 'node:net'

/** Writes to a socket; what is written within one turn leaves in one system call. */
export function corkedWriter(socket: Socket): (bytes: Buffer) => void {
  let isCorked = false
  return (bytes) => {
    if (!isCorked) {
      isCorked = true
      socket.cork()
      process.nextTick(() => {
        isCorked = false
        socket.uncork()
      })
    }
    socket.write(bytes)
  }
}
