/** The bare handler against itself: what the measurement itself is good for. */
export async function open() {
  return { credentials: async (count) => Array.from({ length: count }, () => ['x-nothing', 'nothing']), close: async () => undefined }
}
