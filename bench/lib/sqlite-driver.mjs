/** The driver that the embedded store takes: the one of this Node, or the package. */
export async function loadDriver() {
  return process.getBuiltinModule?.('node:sqlite') ?? (await import('@photostructure/sqlite'))
}
