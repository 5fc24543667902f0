import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FakeClock, fakeClock } from 'sojourn/testing'
import type { Io } from '../../src/cli/io.js'
import { run } from '../../src/cli/run.js'

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>
  /** @default no terminal */
  readonly columns?: number
  /** What the person answers, one after the other. @default nobody is there */
  readonly answers?: readonly string[]
  readonly clock?: FakeClock
}

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
  readonly questions: readonly string[]
  /** Codes with which the process would have been ended at once. */
  readonly exits: readonly number[]
}

export interface Running {
  readonly outcome: Promise<Outcome>
  readonly printed: () => string
  signal(): void
  /** Settles when something is written to standard output that `pattern` finds. */
  until(pattern: RegExp): Promise<RegExpExecArray>
}

/** Runs a command line in this process, as the terminal it is written to. */
export function start(argv: readonly string[], { env = {}, columns, answers, clock = fakeClock() }: TerminalOptions = {}): Running {
  let out = ''
  let err = ''
  const questions: string[] = []
  const exits: number[] = []
  const listeners = new Set<() => void>()
  const watchers = new Set<() => void>()
  const left = [...(answers ?? [])]
  const io: Io = {
    async out(text) {
      out += text
      for (const watch of watchers) watch()
    },
    err: (text) => {
      err += text
    },
    outliveReader: () => undefined,
    env,
    clock,
    version: '1.2.3',
    columns,
    isWatched: columns !== undefined,
    ask:
      answers === undefined
        ? undefined
        : async (question) => {
            questions.push(question)
            return left.shift() ?? ''
          },
    onSignal(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    exit: (code) => void exits.push(code),
  }
  return {
    outcome: run(argv, io).then((code) => ({ code, out, err, questions, exits })),
    printed: () => out,
    signal() {
      for (const listener of listeners) listener()
    },
    until: (pattern) =>
      new Promise((resolve) => {
        const watch = (): void => {
          const found = pattern.exec(out)
          if (found !== null) resolve(found)
        }
        watchers.add(watch)
        watch()
      }),
  }
}

/** Runs a command line to its end. */
export function sojourn(argv: readonly string[], options: TerminalOptions = {}): Promise<Outcome> {
  return start(argv, options).outcome
}

export interface Folder {
  readonly path: string
  remove(): Promise<void>
}

export async function temporaryFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'sojourn-cli-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** The JSON objects of JSON lines. */
export function lines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
