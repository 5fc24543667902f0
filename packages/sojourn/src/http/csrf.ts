/** The headers by which a browser says which page a request comes from. */
export interface PageHeaders {
  readonly secFetchSite?: string | undefined
  readonly origin?: string | undefined
  readonly referer?: string | undefined
}

/** The origins whose pages are our own. */
export interface Origins {
  /** The origin of the application itself; undefined if it cannot be told. */
  own(): string | undefined
  /** Origins that were configured as trusted. */
  readonly allowed: readonly string[]
}

/** `silent`: the browser, if it is one, says nothing. */
export type Page = { readonly from: 'own' } | { readonly from: 'silent' } | { readonly from: 'foreign'; readonly reason: string }

const OWN: Page = Object.freeze({ from: 'own' })
const SILENT: Page = Object.freeze({ from: 'silent' })
const foreign = (reason: string): Page => ({ from: 'foreign', reason })

/**
 * Which page a request comes from. Fetch Metadata decides where the browser sends it, else `Origin`, else `Referer`. Origins
 * are compared whole, scheme and port included (CVE-2025-24358, CVE-2025-47909).
 */
export function pageOf({ secFetchSite, origin, referer }: PageHeaders, { own, allowed }: Origins): Page {
  if (secFetchSite !== undefined) {
    // `none`: the person typed it, or clicked a bookmark.
    if (secFetchSite === 'same-origin' || secFetchSite === 'none') return OWN
    // A sibling such as app.example.com beside id.example.com, only if it was listed.
    if (secFetchSite === 'same-site' && origin !== undefined && allowed.includes(origin)) return OWN
    return foreign('The browser says that another site sent this request.')
  }
  const trusted = (text: string): boolean => allowed.includes(text) || text === own()
  if (origin !== undefined) return trusted(origin) ? OWN : foreign('The request comes from an origin that is not allowed.')
  if (referer !== undefined) return trusted(originOf(referer)) ? OWN : foreign('The request comes from a page that is not allowed.')
  return SILENT
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'null'
}

/** Methods that change nothing (RFC 9110 9.2.1). `TRACE` is not among them: no page of ours sends it. */
export function isSafeMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

/** Paths on which requests of other sites may change something. */
export interface CsrfExemption {
  readonly paths: ReadonlySet<string>
}

/**
 * Takes paths out of the protection against requests that other sites make a logged-in browser send. Only for addresses that
 * prove by something else that the person meant it, such as the `state` of an OAuth callback. A path is compared as it was
 * sent, byte by byte and without its query; there are no patterns.
 */
export function dangerouslyLetOtherSitesSendRequestsTo(...paths: readonly string[]): CsrfExemption {
  return Object.freeze({ paths: new Set(paths) })
}

/** Whether an address is exempt. */
export function isExempt(exemption: CsrfExemption | undefined, url: string): boolean {
  if (exemption === undefined) return false
  const end = url.search(/[?#]/)
  return exemption.paths.has(end < 0 ? url : url.slice(0, end))
}
