/** The metrics of a text without its histograms, for those who switched the measuring of times off. */
export function withoutHistograms(text: string): string {
  const names = [...text.matchAll(/^# TYPE (\S+) histogram$/gm)].map(([, name]) => name)
  const lines = text.split('\n').filter((line) => {
    const name = /^(?:# (?:HELP|TYPE) )?([A-Za-z_:][A-Za-z0-9_:]*)/.exec(line)?.[1]
    return name === undefined || (!names.includes(name.replace(/_(?:bucket|sum|count)$/, '')) && !names.includes(name))
  })
  return lines.join('\n')
}
