#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { systemClock } from 'sojourn'
import type { Io } from './cli/io.js'
import { run } from './cli/run.js'

const { version }: { readonly version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const { stdin, stdout, stderr } = process

/** Whether the reader of standard output has gone, and whether the process stays all the same. */
let isUnread = false
let outlivesReader = false

const io: Io = {
  out: (text) =>
    new Promise((resolve) => {
      if (isUnread || stdout.write(text)) resolve()
      else stdout.once('drain', resolve)
    }),
  outliveReader: () => {
    outlivesReader = true
  },
  err: (text) => void stderr.write(text),
  env: process.env,
  clock: systemClock,
  version,
  columns: stdout.isTTY ? stdout.columns : undefined,
  isWatched: stderr.isTTY,
  ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
  onSignal(listener) {
    process.on('SIGINT', listener).on('SIGTERM', listener)
    return () => void process.off('SIGINT', listener).off('SIGTERM', listener)
  },
  exit: (code) => process.exit(code),
}

/** On standard error, so that the answer of a command can go into a file. Ctrl-C and Ctrl-D answer nothing. */
async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: stdin, output: stderr })
  const left = new Promise<string>((resolve) => {
    terminal.once('SIGINT', () => resolve('')).once('close', () => resolve(''))
  })
  try {
    return await Promise.race([terminal.question(question), left])
  } finally {
    terminal.close()
  }
}

// `sojourn sessions list | head` closes the pipe early, which is no fault of anybody. A service goes on without its reader.
stdout.on('error', (fault: NodeJS.ErrnoException) => {
  if (!outlivesReader) process.exit(fault.code === 'EPIPE' ? 0 : 1)
  if (isUnread) return
  isUnread = true
  stderr.write('Nobody reads standard output any more: what is logged from here on is lost.\n')
})
// Whoever has closed one of both has often closed the other one as well.
stderr.on('error', (fault: NodeJS.ErrnoException) => {
  if (!outlivesReader) process.exit(fault.code === 'EPIPE' ? 0 : 1)
})

process.exitCode = await run(process.argv.slice(2), io)
