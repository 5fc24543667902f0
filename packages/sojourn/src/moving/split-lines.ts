import { SessionError } from '../errors.js'
import { MAX_LINE } from './row-line.js'

/**
 * The lines of a stream of bytes in UTF-8, as `importRows` takes them. Holds one line at a time; throws `INVALID_ARGUMENT`
 * with the path `line 17` for one that is too long to be a row. A last line without its end counts; an empty one does not.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  let line = 1
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      yield part
      line++
    }
    if (rest.length > MAX_LINE)
      throw new SessionError('INVALID_ARGUMENT', `line ${line}: it has more than ${MAX_LINE} characters; this is no file of rows.`, {
        path: `line ${line}`,
      })
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
}
