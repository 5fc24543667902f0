/** Sends the browser on to a page of this site, with GET. Relative, so that it is right behind every proxy. */
export const seeOther = (path: string): Response => new Response(null, { status: 303, headers: { Location: path } })
