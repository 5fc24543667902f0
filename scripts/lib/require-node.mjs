// Imported first by every command, so that an old Node says what is wrong instead of failing somewhere inside.
const LOWEST = [20, 19]

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < LOWEST[0] || (major === LOWEST[0] && minor < LOWEST[1])) {
  console.error(
    `Sojourn needs Node ${LOWEST.join('.')} or newer, and this is Node ${process.versions.node}. Install a newer one from https://nodejs.org.`,
  )
  process.exit(1)
}
