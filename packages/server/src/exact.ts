import type { z } from '@hono/zod-openapi'

/** `T` without `undefined` as a value: an optional field is there or is not. */
export type Exact<T> = T extends readonly (infer Item)[]
  ? readonly Exact<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Exact<Exclude<T[Key], undefined>> }
    : T

/** The same schema, typed for `exactOptionalPropertyTypes`. It checks what was parsed out of JSON, a form or an address, and none of them has `undefined`. */
export function exactly<Schema extends z.ZodType>(schema: Schema): z.ZodType<Exact<z.output<Schema>>> {
  return schema as unknown as z.ZodType<Exact<z.output<Schema>>>
}
