export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly pattern?: string
  readonly enum?: readonly unknown[]
  readonly example?: unknown
  readonly minimum?: number
  readonly minLength?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly additionalProperties?: unknown
}

export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly security: ReadonlyArray<Readonly<Record<string, readonly string[]>>>
  readonly parameters?: ReadonlyArray<{ readonly name: string; readonly in: string; readonly required?: boolean; readonly schema: Schema }>
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }>
  >
}

export interface Document {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>>; readonly securitySchemes: Readonly<Record<string, unknown>> }
}

/** One place in a request where a text stands. */
export interface TextField {
  readonly method: string
  readonly path: string
  readonly operation: Operation
  readonly place: 'path' | 'query' | 'body'
  /** From the body or the parameters down; `0` for the first item of a list. */
  readonly at: readonly string[]
  readonly schema: Schema
  /** Other types that may stand there as well. */
  readonly alternatives: readonly Schema[]
}

export function resolve(document: Document, schema: Schema): Schema {
  const name = schema.$ref?.replace('#/components/schemas/', '')
  if (name === undefined) return schema
  const found = document.components.schemas[name]
  if (found === undefined) throw new Error(`there is no schema ${name}`)
  return found
}

export function operations(document: Document): Array<{ method: string; path: string; operation: Operation }> {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
}

/** Every text field of every request. */
export function textFields(document: Document): TextField[] {
  return operations(document).flatMap((one) => {
    const parameters = (one.operation.parameters ?? []).flatMap(({ name, in: place, schema }) =>
      textsIn(document, schema, [name]).map((found) => ({
        ...one,
        place: place === 'path' ? ('path' as const) : ('query' as const),
        ...found,
      })),
    )
    const bodies = Object.values(one.operation.requestBody?.content ?? {}).flatMap(({ schema }) =>
      textsIn(document, schema, []).map((found) => ({ ...one, place: 'body' as const, ...found })),
    )
    return [...parameters, ...bodies]
  })
}

function textsIn(
  document: Document,
  schema: Schema,
  at: readonly string[],
  alternatives: readonly Schema[] = [],
): Array<Pick<TextField, 'at' | 'schema' | 'alternatives'>> {
  const found = resolve(document, schema)
  if (found.anyOf !== undefined) {
    const options = found.anyOf.map((one) => resolve(document, one))
    return options.flatMap((one) =>
      textsIn(
        document,
        one,
        at,
        options.filter((other) => other !== one),
      ),
    )
  }
  if (found.type === 'string') return [{ at, schema: found, alternatives }]
  if (found.items !== undefined) return textsIn(document, found.items, [...at, '0'])
  return Object.entries(found.properties ?? {}).flatMap(([name, property]) => textsIn(document, property, [...at, name]))
}

/** The smallest value that a schema allows, with what stands on the way to `at`. */
export function sample(document: Document, schema: Schema, at: readonly string[] = []): unknown {
  const found = resolve(document, schema)
  const [next, ...rest] = at
  if (found.anyOf !== undefined) {
    const option = found.anyOf.find((one) => next === undefined || resolve(document, one).properties?.[next] !== undefined)
    return sample(document, option ?? found.anyOf[0]!, at)
  }
  if (found.properties !== undefined) {
    const alternative = found.oneOf?.find((one) => one.required?.includes(next ?? '')) ?? found.oneOf?.[0]
    const wanted = new Set([
      ...(found.required ?? []),
      ...(next === undefined || alternative?.required?.includes(next) ? [] : [next]),
      ...(alternative?.required ?? []),
    ])
    return Object.fromEntries(
      [...wanted].map((name) => [name, sample(document, found.properties?.[name] ?? {}, name === next ? rest : [])]),
    )
  }
  if (found.items !== undefined) return next === undefined ? [] : [sample(document, found.items, rest)]
  if (found.example !== undefined) return found.example
  if (found.enum !== undefined) return found.enum[0]
  if (found.format === 'date-time') return '2026-01-01T00:00:00Z'
  if (found.type === 'string') return 'sample'
  if (found.type === 'boolean') return true
  return found.minimum ?? 1
}

/** The same value with another one at a place. */
export function replaced(value: unknown, at: readonly string[], by: unknown): unknown {
  const [next, ...rest] = at
  if (next === undefined) return by
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === next ? replaced(item, rest, by) : item))
  return Object.fromEntries(Object.entries(value as object).map(([name, item]) => [name, name === next ? replaced(item, rest, by) : item]))
}
