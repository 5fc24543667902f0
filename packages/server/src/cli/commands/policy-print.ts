import { policyDocument } from 'sojourn'
import { loadConfig } from '../../config/load.js'
import type { GlobalOptions, Io } from '../io.js'
import { sourcesOf } from '../sources.js'
import { jsonLine } from '../text.js'

/** `sojourn policy print`: the rules that the configuration comes to, for auditors. Equal configurations give equal text. */
export async function policyPrint(io: Io, options: GlobalOptions): Promise<void> {
  const text = policyDocument((await loadConfig(sourcesOf(io, options))).sessions)
  await io.out(options.json === true ? jsonLine({ policy: text }) : text)
}
