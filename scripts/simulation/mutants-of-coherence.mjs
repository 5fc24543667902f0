// What keeps the memory of a node true to the store: the near-cache, the lease, the heartbeat, the barrier.

const cached = 'coherence/cached.ts'
const fillGuard = 'coherence/fill-guard.ts'
const ownWrites = 'coherence/own-writes.ts'
const sharedReads = 'coherence/shared-reads.ts'
const lease = 'coherence/lease.ts'
const heartbeat = 'coherence/heartbeat.ts'
const barrier = 'coherence/barrier.ts'
const channelled = 'coherence/channelled.ts'
const reach = 'coherence/reach.ts'

/** As in `MUTANTS`. */
export const COHERENCE = [
  {
    name: 'a read that a change overtook is kept',
    recipe: 'a read that is overtaken',
    in: fillGuard,
    from: ' && row.version >= watch.seen) rows.put(row, ',
    to: ') rows.put(row, ',
  },
  {
    name: 'a row that was learnt before an outage is kept',
    recipe: 'a write that an outage overtakes',
    in: fillGuard,
    from: 'row !== undefined && epoch === begun && row',
    to: 'row !== undefined && row',
  },
  {
    name: 'a new caller joins a read from before a change',
    recipe: 'a read that is overtaken',
    in: cached,
    from: '    reads.forget(id)\n',
    to: '',
  },
  {
    name: 'a read is believed without a lease',
    recipe: 'left behind with the old primary',
    in: sharedReads,
    from: 'if (guard.epoch() === begun && isFresh) return row',
    to: 'return row',
    and: { from: 'if (!freshness.isFresh(id) && !(await freshness.freshen(id))) break', to: '' },
  },
  {
    name: 'the lease is not looked at before memory answers',
    recipe: 'left behind with the old primary',
    in: cached,
    from: 'freshness.isFresh(id, reading) ? rows.current(id) : undefined',
    to: 'rows.current(id)',
    and: { from: 'freshness.isFresh(id, reading) ? rows.candidate(id) : undefined', to: 'rows.candidate(id)' },
    short: true,
  },
  {
    name: 'memory answers with what is in doubt',
    recipe: 'deaf node',
    in: cached,
    from: 'freshness.isFresh(id, reading) ? rows.current(id) : undefined',
    to: 'freshness.isFresh(id, reading) ? rows.get(id) : undefined',
    and: {
      from: 'freshness.isFresh(id, reading) ? rows.candidate(id) : undefined',
      to: 'freshness.isFresh(id, reading) ? rows.get(id) : undefined',
    },
  },
  {
    name: 'what was read while nobody vouched for its place is kept',
    recipe: 'there and back',
    in: fillGuard,
    from: 'const isFresh = wasFresh && freshness.isFresh(id)',
    to: 'const isFresh = true',
  },
  {
    name: 'a row in doubt is known by its version alone',
    recipe: 'left behind with the old primary',
    in: 'coherence/bounded-rows.ts',
    from: 'isDoubted && sameRow(known.row, row)',
    to: 'isDoubted && known.row.version === row.version',
  },
  {
    name: 'a change that was heard forgets nothing',
    in: cached,
    from: 'row.version < version) rows.delete(id)',
    to: 'row.version < 0) rows.delete(id)',
    short: true,
  },
  {
    name: 'a change forgets only what is two versions older',
    in: cached,
    from: 'row.version < version) rows.delete(id)',
    to: 'row.version < version - 1) rows.delete(id)',
    short: true,
  },
  {
    name: 'what may be out of date is not in doubt',
    recipe: 'deaf node',
    in: cached,
    from: '      reads.forgetAll()\n      rows.doubt()',
    to: '      reads.forgetAll()',
    short: true,
  },
  {
    name: 'the store does not send the message of a change',
    in: ownWrites,
    from: '() => store.replace(row, message),',
    to: '() => store.replace(row),',
    short: true,
  },
  {
    name: 'all changes are quiet',
    in: ownWrites,
    from: "quiet === 'quiet' ? undefined : said",
    to: "quiet !== 'never' ? undefined : said",
    short: true,
  },
  {
    name: 'a lease never ends',
    recipe: 'left behind with the old primary',
    in: lease,
    from: 'if (monotonic >= until) return false',
    to: 'if (until === Number.NEGATIVE_INFINITY) return false',
  },
  {
    name: 'a machine that slept keeps its lease',
    recipe: 'sleeping node',
    in: lease,
    from: 'if (isSteady(offset, read === undefined ? clock.now() : read[0], monotonic)) return true',
    to: 'return true',
    short: true,
  },
  {
    name: 'a lease counts from the answer',
    recipe: 'a beat answered late',
    in: lease,
    from: 'begin.at + length - MARGIN',
    to: 'clock.monotonic() + length - MARGIN',
  },
  {
    name: 'a lease is twice as long as it says',
    recipe: 'left behind with the old primary',
    in: lease,
    from: 'begin.at + length - MARGIN',
    to: 'begin.at + 2 * length',
  },
  // That a lost ear also takes the lease, and the memory, spares a lease of waiting and is nothing that a promise needs: whoever
  // cannot answer is waited for until its registration has run out, and the lease is shorter than that.
  {
    name: 'a beat need not come back through the ear',
    in: heartbeat,
    from: 'channel.register(node, life, message), back]',
    to: 'channel.register(node, life, message)]',
    short: true,
  },
  {
    name: 'a beat need not be on the copies',
    recipe: 'left behind with the old primary',
    in: heartbeat,
    from: 'if (!isDurable) return',
    to: '',
  },
  {
    name: 'a store that begins anew is not noticed',
    recipe: 'emptied after a rotation',
    in: heartbeat,
    from: 'if (own.incarnation !== incarnation) options.lost(channel)',
    to: 'if (own.incarnation === undefined) options.lost(channel)',
  },
  {
    name: 'nothing is in doubt when the ear is lost or opened',
    recipe: 'deaf node',
    in: channelled,
    from: '    cache?.flush()\n    options.onLost()',
    to: '    options.onLost()',
    short: true,
  },
  {
    name: 'nobody waits for the answers of the others',
    in: barrier,
    from: 'if (others.length > 0) waits',
    to: 'if (others.length < 0) waits',
    short: true,
  },
  {
    name: 'a node that does not answer is not waited for',
    in: barrier,
    from: 'untilDone(clock, Math.max(...others.map(({ remaining }) => remaining)) + MARGIN, round)',
    to: 'untilDone(clock, 100, round)',
    short: true,
  },
  // That a new place is waited out has no mutant: here every lease stands on all copies, so the new place knows its holder.
  {
    name: 'a register that was emptied is believed',
    recipe: 'emptied under its users',
    in: barrier,
    from: 'const knownFor = Math.min(servesFor, registerAge)',
    to: 'const knownFor = servesFor',
  },
  {
    name: 'a question that was asked before will do',
    recipe: 'a question between two ends',
    in: barrier,
    from: 'const next = following.get(channel) ?? follow(channel, before)',
    to: 'const next = Promise.resolve(before)',
  },
  { name: 'an answer counts whoever gave it', in: barrier, from: 'round.waitsFor.delete(other)', to: 'round.waitsFor.clear()' },
  {
    name: 'whoever has not heard answers too',
    in: channelled,
    from: "    if (message.kind === 'changed') {",
    to: "    if (message.kind === 'changed' && message.node === node) {",
  },
  { name: 'a change need not be on the copies', in: reach, from: "if (!isDurable) return 'stored'", to: '' },
  {
    name: 'everywhere is said without having asked',
    recipe: 'an end whose question is lost',
    in: reach,
    from: "return isHeard ? 'everywhere' : 'durable'",
    to: "return 'everywhere'",
  },
  // That the lease of one place says nothing of another needs two places: test/coherence/places.test.ts.
  {
    name: 'an outage is an answer: there is no such session',
    in: sharedReads,
    from: '    throw unheard()',
    to: '    return undefined',
  },
  {
    name: 'memory has no end',
    in: 'coherence/bounded-rows.ts',
    from: 'while (rows > 1 && (rows > maxRows || bytes > maxBytes)) evict()',
    to: '',
  },
]
