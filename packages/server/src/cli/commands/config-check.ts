import { checkConfig } from '../../config/load.js'
import type { ConfigProblem } from '../../config/problem.js'
import { CommandError, EXIT } from '../exit.js'
import type { GlobalOptions, Io } from '../io.js'
import { paint } from '../paint.js'
import { plural } from '../plural.js'
import { sourcesOf } from '../sources.js'
import { jsonLine, shown } from '../text.js'

/** `sojourn config check`: everything that is wrong with the files and the environment together, not only the first thing. */
export async function configCheck(io: Io, files: readonly string[], options: GlobalOptions): Promise<void> {
  const { problems } = await checkConfig(sourcesOf(io, files.length === 0 ? options : { ...options, config: files }))
  if (options.json === true)
    await io.out(
      problems.length === 0 ? jsonLine({ valid: true }) : problems.map((problem) => jsonLine({ valid: false, ...problem })).join(''),
    )
  else await io.out(problems.length === 0 ? 'The configuration is valid.\n' : textOf(io, problems))
  if (problems.length > 0) throw new CommandError(EXIT.failed, `${plural(problems.length, 'problem')} in the configuration.`)
}

function textOf(io: Io, problems: readonly ConfigProblem[]): string {
  const style = paint(io)
  return problems
    .map(({ path, where, found, allowed }) => {
      const place = [where, path].filter((part) => part !== undefined && part !== '').map((part) => shown(part ?? ''))
      return `${style('bold', place.join(' '))}: found ${shown(found)}; ${shown(allowed)}\n`
    })
    .join('')
}
