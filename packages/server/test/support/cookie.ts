export interface SetCookie {
  readonly name: string
  readonly value: string
  /** Attributes in lower case; those without a value hold an empty text. */
  readonly attributes: ReadonlyMap<string, string>
}

/** The cookies of an answer, read as RFC 6265bis 5.6 has it. */
export function setCookies(answer: Response): SetCookie[] {
  return answer.headers.getSetCookie().map((line) => {
    const [pair = '', ...rest] = line.split(';').map((part) => part.trim())
    const at = pair.indexOf('=')
    const attributes = rest.map((part): [string, string] => {
      const [name = '', value = ''] = part.split('=')
      return [name.toLowerCase(), value]
    })
    return { name: pair.slice(0, at), value: pair.slice(at + 1), attributes: new Map(attributes) }
  })
}
