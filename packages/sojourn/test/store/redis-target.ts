import type { RedisTarget } from '../../src/store/redis.js'

/** One text for each way to reach Redis, as an argument of a process: an address, several with commas for a cluster, `name@sentinel,…`. */
export function targetIn(text: string): Exclude<RedisTarget, { readonly client: unknown }> {
  const [, name, nodes] = /^([a-z]+)@(.+)$/.exec(text) ?? []
  if (name !== undefined && nodes !== undefined) return { sentinel: { name, nodes: nodes.split(',') } }
  return text.includes(',') ? { cluster: text.split(',') } : { url: text }
}
