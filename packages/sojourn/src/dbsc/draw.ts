import type { Engine } from '../engine/engine.js'

/** 128 random bits as 22 base64url characters. */
export function draw(engine: Pick<Engine, 'random'>): string {
  return Buffer.from(engine.random.bytes(16)).toString('base64url')
}
