/** One question at a time about each thing: whoever asks meanwhile gets its answer too. */
export interface SingleFlight<Answer> {
  ask(id: string): Promise<Answer>
  /** Whoever asks from now on must not be answered by what began before. */
  forget(id: string): void
  forgetAll(): void
}

interface Flight<Answer> {
  readonly answer: Promise<Answer>
}

export function singleFlight<Answer>(ask: (id: string) => Promise<Answer>): SingleFlight<Answer> {
  const flights = new Map<string, Flight<Answer>>()

  return Object.freeze<SingleFlight<Answer>>({
    ask(id) {
      const known = flights.get(id)
      if (known !== undefined) return known.answer
      const flight: Flight<Answer> = { answer: ask(id) }
      flights.set(id, flight)
      const land = (): void => {
        if (flights.get(id) === flight) flights.delete(id)
      }
      flight.answer.then(land, land)
      return flight.answer
    },
    forget(id) {
      flights.delete(id)
    },
    forgetAll: () => flights.clear(),
  })
}
