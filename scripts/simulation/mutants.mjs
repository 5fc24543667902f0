// Every mechanism that keeps the promises, and how it is switched off: in one file of src/, the first text becomes the second.
// The simulation has to find each of them. A text that is not there any more is a fault: then the list is out of date.
import { COHERENCE } from './mutants-of-coherence.mjs'
import { ENGINE } from './mutants-of-engine.mjs'

/** `short`: one of those that `npm test` switches off too, because they are found within a few histories. */
export const MUTANTS = [...COHERENCE, ...ENGINE]

/** A source with a mechanism switched off. */
export function mutated({ name, in: path, from, to, and }, text) {
  let out = text
  for (const change of [{ from, to }, ...[and ?? []].flat()]) {
    if (out.split(change.from).length !== 2)
      throw new Error(`Mutant "${name}": its text stands ${out.split(change.from).length - 1} times in src/${path}.`)
    out = out.replace(change.from, () => change.to)
  }
  return out
}
