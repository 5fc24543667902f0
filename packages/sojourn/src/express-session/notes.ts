/** What is noted of objects that others hold. */
export interface Notes<Value> {
  get(object: object): Value | undefined
  set(object: object, value: Value): void
}

/**
 * As a WeakMap, for objects that live as long as a request: an entry in one costs the garbage collector more than the object does. What
 * is noted neither shows where the object is printed, told as JSON or compared, nor goes along when it is copied.
 */
export function notes<Value>(name: string): Notes<Value> {
  const symbol = Symbol(name)
  const ofFixed = new WeakMap<object, Value>()
  const placeIn = (object: object): { [symbol]?: Value } => object as { [symbol]?: Value }
  return Object.freeze<Notes<Value>>({
    get: (object) => placeIn(object)[symbol] ?? ofFixed.get(object),
    set(object, value) {
      if (Object.hasOwn(object, symbol)) placeIn(object)[symbol] = value
      else if (Object.isExtensible(object)) Object.defineProperty(object, symbol, { value, writable: true })
      else ofFixed.set(object, value)
    },
  })
}
