import { NextResponse } from 'next/server'
import { auth } from './lib/auth'

/** What Next.js 16 calls `proxy.ts`. It runs in Node, not in the edge runtime, which has no files and no sockets. */
export const middleware = auth.proxy(NextResponse.next)

export const config = { runtime: 'nodejs', matcher: ['/((?!_next/|favicon.ico|auth/).*)'] }
