/** What all requests come from. */
export const CLIENT = {
  ipAddress: '127.0.0.1',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
}

/** A request of a browser that keeps its connection: with two cookies of others beside the credential. */
export function requestText([name, value]) {
  const given = name === 'cookie' ? `cookie: theme=dark; ${value}; lang=en` : `cookie: theme=dark; lang=en\r\n${name}: ${value}`
  return `GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: ${CLIENT.userAgent}\r\naccept: application/json\r\naccept-language: en\r\n${given}\r\n\r\n`
}
