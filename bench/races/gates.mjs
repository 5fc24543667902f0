/** Doors inside of requests: one waits at its door until another request opens it, so a race is run the same way each time. */
export function openGates() {
  const gates = new Map()
  const gateOf = (id) => {
    const known = gates.get(id)
    if (known !== undefined) return known
    const gate = { waiting: 0 }
    gate.opened = new Promise((resolve) => {
      gate.open = resolve
    })
    gates.set(id, gate)
    return gate
  }
  return {
    async pass(id) {
      const gate = gateOf(id)
      gate.waiting++
      await gate.opened
    },
    waiting: (id) => gateOf(id).waiting,
    open(id) {
      gateOf(id).open()
      gates.delete(id)
    },
  }
}
