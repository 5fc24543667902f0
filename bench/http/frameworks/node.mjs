const BODY = '{"ok":true}'

function answer(response) {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': BODY.length })
  response.end(BODY)
}

function refuse(response) {
  response.statusCode = 401
  response.end()
}

export const bare = () => (_request, response) => answer(response)

/** `check(request, response)` resolves to whoever is logged in; `middleware` calls `next` when it is through. */
export function guarded({ node: { check, middleware, user } }) {
  if (check === undefined)
    return (request, response) => middleware(request, response, () => (user(request) === undefined ? refuse(response) : answer(response)))
  return (request, response) => {
    check(request, response).then(
      (found) => (found === undefined ? refuse(response) : answer(response)),
      () => refuse(response),
    )
  }
}
