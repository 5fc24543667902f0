/** The cookies of a browser, without its pages. */
export interface Tab {
  readonly cookies: ReadonlyMap<string, string>
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** Sends a form as a page of the site does. */
  post(path: string, form?: Readonly<Record<string, string>>, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** The same with JSON, as scripts of the page do. */
  json(path: string, body: object): Promise<Response>
}

/** Keeps what an answer sets and drops what it clears, as browsers do for one host. */
function keep(cookies: Map<string, string>, answer: Response): void {
  for (const line of answer.headers.getSetCookie()) {
    const [pair = ''] = line.split(';')
    const at = pair.indexOf('=')
    const isGone = at === pair.length - 1 || /;\s*max-age=0\b/i.test(line) || /;\s*expires=thu, 01 jan 1970/i.test(line)
    if (isGone) cookies.delete(pair.slice(0, at))
    else cookies.set(pair.slice(0, at), pair.slice(at + 1))
  }
}

/** A browser without windows; `planted` is what it had from before. */
export function openTab(url: string, planted: Iterable<readonly [string, string]> = []): Tab {
  const cookies = new Map(planted)
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers)
    if (cookies.size > 0) headers.set('Cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const answer = await fetch(`${url}${path}`, { ...init, headers, redirect: 'manual' })
    keep(cookies, answer)
    return answer
  }
  const fromPage = { 'Sec-Fetch-Site': 'same-origin', Origin: url }
  return {
    cookies,
    get: (path, headers = {}) => ask(path, { headers }),
    post: (path, form = {}, headers = {}) =>
      ask(path, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: { ...fromPage, ...headers },
      }),
    json: (path, body) =>
      ask(path, { method: 'POST', body: JSON.stringify(body), headers: { ...fromPage, 'Content-Type': 'application/json' } }),
  }
}
