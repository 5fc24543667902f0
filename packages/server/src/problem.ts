import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { isSessionError, type SessionError, type SessionErrorCode } from 'sojourn'
import { errorMembers, problemKind, refusalHeaders } from 'sojourn/http'

/** One wrong place of a request. */
export interface Fault {
  /** Dotted, for example `context.deviceId`; empty for the whole body. */
  readonly path: string
  readonly message: string
}

interface ProblemParts {
  readonly path?: string
  readonly errors?: readonly Fault[]
  readonly headers?: Readonly<Record<string, string>>
  /** Further members of the document (RFC 9457 3.2). */
  readonly members?: Readonly<Record<string, unknown>>
  /** Whether no honest client sends such a request, so that somebody should look at it. */
  readonly isSuspicious?: boolean
}

/** Thrown to end a request with a problem document that no error of the library stands for. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: ContentfulStatusCode
  readonly code: SessionErrorCode | 'INTERNAL_ERROR'
  readonly parts: ProblemParts

  constructor(status: ContentfulStatusCode, code: SessionErrorCode | 'INTERNAL_ERROR', detail: string, parts: ProblemParts = {}) {
    super(detail)
    this.status = status
    this.code = code
    this.parts = parts
  }
}

/** Longer names are of nobody's making; one may be a token that stands in the wrong place, which an answer must not repeat. */
const LONGEST_NAME = 40

/** The path of a fault from the names on the way to it. */
export function faultPath(names: ReadonlyArray<PropertyKey>): string {
  return names
    .map(String)
    .map((name) => (name.length > LONGEST_NAME ? '(long name)' : name))
    .join('.')
}

/** For every error of a request that means a wrong place in what was sent. */
export function faulty(faults: readonly Fault[]): Problem {
  const [first] = faults
  const detail = faults.map((fault) => (fault.path === '' ? fault.message : `${fault.path}: ${fault.message}`)).join(' ')
  return new Problem(400, 'INVALID_ARGUMENT', detail, {
    ...(first === undefined || first.path === '' ? {} : { path: first.path }),
    ...(faults.length > 1 ? { errors: faults } : {}),
  })
}

function problemOfSessionError(error: SessionError): Problem {
  // A configuration cannot become wrong by a request; if it does, the caller has no business with the details.
  if (error.code === 'CONFIG_INVALID') return unexpected()
  return new Problem(error.status as ContentfulStatusCode, error.code, error.message, {
    members: errorMembers(error),
    headers: refusalHeaders(error),
  })
}

function unexpected(): Problem {
  return new Problem(500, 'INTERNAL_ERROR', 'The service failed at this request. The request id leads to the cause in its log.')
}

/** The problem that stands for anything thrown. What is not known says nothing about itself. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  return isSessionError(error) ? problemOfSessionError(error) : unexpected()
}

/** The document of RFC 9457. */
export function problemDocument(problem: Problem): Readonly<Record<string, unknown>> {
  const { path, errors, members } = problem.parts
  return {
    ...problemKind(problem.code),
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    ...(path === undefined ? {} : { path }),
    ...members,
    ...(errors === undefined ? {} : { errors }),
  }
}

/** Answers with a problem; headers that were set before, cookies among them, stay. */
export function answerProblem(c: Context, problem: Problem): Response {
  for (const [name, value] of Object.entries(problem.parts.headers ?? {})) c.header(name, value)
  c.header('Content-Type', 'application/problem+json')
  return c.body(JSON.stringify(problemDocument(problem)), problem.status)
}
