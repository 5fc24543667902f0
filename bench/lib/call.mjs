import { Agent, request } from 'node:http'

/** The cookies that an answer sets, over those that were there. */
function withCookies(cookies, lines = []) {
  const all = new Map(cookies)
  for (const line of lines) {
    const [pair] = line.split(';')
    const at = pair.indexOf('=')
    all.set(pair.slice(0, at), pair.slice(at + 1))
  }
  return all
}

/** Calls one server, over as many connections as there are calls at a time. */
export function openCaller(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const call = (method, path, cookies = new Map()) =>
    new Promise((resolve, reject) => {
      const headers = {
        origin: `http://127.0.0.1:${port}`,
        ...(cookies.size === 0 ? {} : { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
      }
      const sent = request({ host: '127.0.0.1', port, method, path, headers, agent }, (response) => {
        const parts = []
        response.on('data', (part) => parts.push(part))
        response.on('end', () => {
          const text = Buffer.concat(parts).toString()
          resolve({
            status: response.statusCode,
            text,
            body: text.startsWith('{') ? JSON.parse(text) : undefined,
            cookies: withCookies(cookies, response.headers['set-cookie']),
          })
        })
        response.on('error', reject)
      })
      sent.on('error', reject)
      sent.end()
    })
  return {
    get: (path, cookies) => call('GET', path, cookies),
    post: (path, cookies) => call('POST', path, cookies),
    close: () => agent.destroy(),
  }
}
