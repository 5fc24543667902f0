import { type ConfigProblem, problemText } from '../../config/problem.js'
import { shown } from '../text.js'
import { type Finding, fail, ok } from './check.js'

/** Whether the configuration would let the service start. */
export function checkProblems(problems: readonly ConfigProblem[]): Finding[] {
  if (problems.length === 0) return [ok('configuration', 'valid')]
  return problems.map((problem) =>
    fail(
      'configuration',
      shown(problemText(problem)),
      'Mend it and run sojourn doctor again: the other checks need a configuration that is valid.',
    ),
  )
}
