import { NextResponse } from 'next/server'
import { auth } from './lib/auth'

/** Renews tokens on the way to a page, since pages cannot set cookies. It guards nothing: each page asks for itself. */
export const proxy = auth.proxy(NextResponse.next)

export const config = { matcher: ['/((?!_next/|favicon.ico|auth/).*)'] }
