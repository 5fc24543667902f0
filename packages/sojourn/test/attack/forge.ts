import * as crypto from 'node:crypto'

/** As openssl makes one. */
export const SECRET = 'kJ8s0Qm2vX7bTz5nR1wLp4cYh6uEd9fGoAiSxZqWe3M='
export const OTHER_SECRET = 'Zt5vB1nM8qW3eR6yU9iO2pA4sD7fG0hJkLxCcVbNm1Q='

export type Json = Readonly<Record<string, unknown>>

export const segment = (value: string | object): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

export const hs256 = (body: string, secret: string = SECRET): string =>
  `${body}.${crypto.createHmac('sha256', secret).update(body).digest('base64url')}`

/** A token with some claims changed, signed rightly by somebody who has got hold of the secret. */
export function resigned(token: string, change: (claims: Json) => object | string, header?: string): string {
  const [head = '', payload = ''] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return hs256(`${header ?? head}.${segment(change(claims))}`)
}

export const headerOf = (token: string): Json => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
export const claimsOf = (token: string): Json => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
