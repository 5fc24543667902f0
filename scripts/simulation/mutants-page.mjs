// The page that a run of all mutants leaves behind.

const HEAD = `# Mutants

Written by \`npm run simulate -- --mutants\`; do not edit. Each line is a mechanism of the library that was switched off (one change of
one source, in \`scripts/simulation/mutants.mjs\`), the promise that the simulation then saw broken first, and after how many histories.
"Any" are histories as every run has them; else only those with the recipe that was written for the mechanism were lived through. A
run of all kinds comes upon a given recipe in about one of sixty histories.

| switched off | in | broken | histories | of the kind |
|---|---|---|---:|---|
`

/** `results` in the order of the list: what each of them came to. */
export function mutantsPage(results, seed) {
  const line = ({ mutant, histories, promise }) =>
    `| ${mutant.name} | \`${mutant.in}\` | ${promise ?? '**nothing**'} | ${histories} | ${mutant.recipe ?? 'any'} |`
  const killed = results.filter(({ promise }) => promise !== undefined).length
  return `${HEAD}${results.map(line).join('\n')}\n\n${killed} of ${results.length} were found, from seed ${seed} on.\n`
}
