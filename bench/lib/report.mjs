import { GOALS } from '../goals.mjs'

const pad = (text, width, column) => (column === 0 ? text.padEnd(width) : text.padStart(width))

function aligned(columns, rows) {
  const widths = columns.map((column, place) => Math.max(column.length, ...rows.map((row) => row[place].length)))
  return [columns, ...rows].map((row) =>
    row
      .map((cell, place) => pad(cell, widths[place], place))
      .join('  ')
      .trimEnd(),
  )
}

const markdown = (columns, rows) => [
  `| ${columns.join(' | ')} |`,
  `|---|${'---:|'.repeat(columns.length - 1)}`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
]

const shown = (value) => (Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3))))

/** What a goal comes to: whether it was reached, and else by how much it was missed. */
export function verdict({ atLeast, atMost }, measured) {
  const isMet = atLeast === undefined ? measured <= atMost : measured >= atLeast
  if (isMet) return 'met'
  const target = atLeast ?? atMost
  if (target === 0) return `missed: ${shown(measured)} more`
  return `missed by ${shown((Math.abs(measured - target) / target) * 100)} %`
}

/**
 * Takes what one table finds, prints it at once, and keeps it as Markdown for RESULTS.md. `goal` sets a figure beside the one
 * that was to be reached, which stands in goals.mjs.
 */
export function openReport(name) {
  const lines = []
  const goals = []
  const print = (...text) => console.log(text.join('\n'))
  return {
    lines,
    goals,
    heading(text) {
      print('', text)
      lines.push(`**${text}**`, '')
    },
    table(columns, rows) {
      print(...aligned(columns, rows))
      lines.push(...markdown(columns, rows), '')
    },
    note(text) {
      print(text)
      lines.push(text, '')
    },
    goal(id, measured) {
      const goal = GOALS[id]
      if (goal === undefined) throw new Error(`goals.mjs has no ${id}`)
      goals.push({ id, goal, measured, verdict: verdict(goal, measured) })
    },
    printGoals() {
      if (goals.length === 0) return
      print('', `To reach (${name})`, ...aligned(GOAL_COLUMNS, goals.map(goalRow)))
    },
  }
}

const GOAL_COLUMNS = ['goal', 'to reach', 'measured', 'verdict']

const goalRow = ({ goal, measured, verdict: found }) => [
  goal.says,
  `${goal.atLeast === undefined ? '≤' : '≥'} ${shown(goal.atLeast ?? goal.atMost)}${goal.unit ?? ''}`,
  `${shown(measured)}${goal.unit ?? ''}`,
  found,
]

/** The goals of one table as Markdown, with the reason for each that was missed, where somebody has written one. */
export function goalsAsMarkdown(goals, reasons) {
  if (goals.length === 0) return []
  const missed = goals.filter(({ verdict: found, id }) => found !== 'met' && reasons[id] !== undefined)
  return [...markdown(GOAL_COLUMNS, goals.map(goalRow)), '', ...missed.flatMap(({ id, goal }) => [`*${goal.says}*: ${reasons[id]}`, ''])]
}
