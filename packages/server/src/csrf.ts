interface Headers {
  readonly secFetchSite?: string | undefined
  readonly origin?: string | undefined
  readonly referer?: string | undefined
}

interface Origins {
  /** The origin of the service itself. */
  readonly own: string
  /** Origins that were configured as trusted. */
  readonly allowed: readonly string[]
}

/**
 * Why a state-changing request that a browser authenticated by itself, with its cookie, is not one of our own pages';
 * undefined if it is. Fetch Metadata decides where the browser sends it, else `Origin`, else `Referer`. A request with none
 * of them is refused: it comes from no browser of this decade, and a cookie is for browsers.
 */
export function crossSiteReason({ secFetchSite, origin, referer }: Headers, { own, allowed }: Origins): string | undefined {
  const trusted = (text: string): boolean => text === own || allowed.includes(text)
  if (secFetchSite !== undefined) {
    if (secFetchSite === 'same-origin' || secFetchSite === 'none') return undefined
    // A sibling such as app.example.com beside id.example.com, only if it was listed.
    if (secFetchSite === 'same-site' && origin !== undefined && allowed.includes(origin)) return undefined
    return 'The browser says that another site sent this request.'
  }
  if (origin !== undefined) return trusted(origin) ? undefined : 'The request comes from an origin that is not allowed.'
  if (referer !== undefined) return trusted(originOf(referer)) ? undefined : 'The request comes from a page that is not allowed.'
  return 'The request does not tell which page it comes from. A program should send its token as Authorization: Bearer, and no cookie.'
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'null'
}
