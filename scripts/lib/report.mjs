/** Prints the faults that a check found, one a line, and makes the process fail if there are any. */
export function report(title, faults, scope) {
  for (const fault of faults) console.error(`  ${fault}`)
  console.log(
    faults.length === 0
      ? `${title}: no faults in ${scope}`
      : `${title}: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'} in ${scope}`,
  )
  if (faults.length > 0) process.exitCode = 1
}
