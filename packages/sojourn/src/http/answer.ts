import { isSessionError } from '../errors.js'
import { type ProblemAnswer, problemAnswer } from './problem.js'

/** The answer that an error of a guard stands for; undefined for what is no refusal, which is for the framework to handle. */
export function answerOf(error: unknown): ProblemAnswer | undefined {
  if (!isSessionError(error) || error.code === 'CONFIG_INVALID') return undefined
  return problemAnswer(error)
}
