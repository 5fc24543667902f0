/** One thing that is known of each of many objects, for as long as the object is there. */
export interface Attached<Key extends object, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
  delete(key: Key): void
}

/** Who has attached it: others may know other things of the same object. */
const BY = Symbol('sojourn.by')
const VALUE = Symbol('sojourn.value')

/** Not enumerable, so that a copy of the object does not have it, and nobody meets it who goes through its properties. */
const put = (key: object, name: symbol, value: unknown): boolean =>
  Reflect.defineProperty(key, name, { value, writable: true, configurable: true })

/**
 * What a `WeakMap` does, kept in the objects themselves: among a million a `WeakMap` takes half as long again to find one, and makes a full
 * collection take twice as long. An object has room for one: of two who attach something to it the last one is right, and the other finds nothing.
 */
export function attached<Key extends object, Value>(): Attached<Key, Value> {
  /** Of objects to which nothing can be added. */
  const apart = new WeakMap<object, Value>()
  const self: Attached<Key, Value> = Object.freeze({
    get(key: Key): Value | undefined {
      const known = key as { readonly [BY]?: unknown; readonly [VALUE]?: Value }
      return known[BY] === self ? known[VALUE] : apart.get(key)
    },
    set(key: Key, value: Value): void {
      if (put(key, BY, self)) put(key, VALUE, value)
      else apart.set(key, value)
    },
    delete(key: Key): void {
      if (apart.delete(key) || (key as { readonly [BY]?: unknown })[BY] !== self) return
      put(key, BY, undefined)
      put(key, VALUE, undefined)
    },
  })
  return self
}
