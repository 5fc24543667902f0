/**
 * The other end of `startChild`: carries out what the parent tells, one verb after another as they come, and ends when the
 * parent lets go. `close` is called first.
 */
export function answerParent(verbs, { ready, close = async () => undefined }) {
  process.on('message', ({ id, verb, ...rest }) => {
    Promise.resolve(verbs[verb](rest)).then(
      (answer) => process.send({ id, answer }),
      (error) => process.send({ id, fault: String(error.stack ?? error) }),
    )
  })
  process.on('disconnect', () => {
    close().finally(() => process.exit(0))
  })
  process.send({ id: 0, answer: ready })
}
