/** The same for all nodes of a run. */
export const MASTER_KEY = Uint8Array.from({ length: 32 }, (_, place) => (place * 73 + 41) & 255)
