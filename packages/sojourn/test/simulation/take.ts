import { isSessionError } from '../../src/errors.js'
import type { SessionManager } from '../../src/manager.js'
import { type Begun, RIGHT } from './checker.js'
import type { World } from './history.js'
import type { Known } from './known.js'
import type { SimNode } from './node.js'
import type { Step } from './plan.js'

/** What a service may refuse for a reason that the history gives. Anything else is a fault. */
const REFUSALS: readonly string[] = [
  'SESSION_REVOKED',
  'SESSION_NOT_FOUND',
  'TOKEN_INVALID',
  'TOKEN_REUSED',
  'SESSION_EXPIRED',
  'RENEWAL_TOO_EARLY',
  'REAUTHENTICATION_REQUIRED',
]

const nameOf = (node: SimNode): string => `${node.name}.${node.start}`
export const isAstray = ({ stores }: World, node: SimNode): boolean => node.wire.route !== stores.primary()

const begun = (world: World, node: SimNode): Begun => ({
  step: world.time.step(),
  time: world.time.now(),
  by: nameOf(node),
  isAstray: isAstray(world, node),
})

/** The code of what was thrown; a fault of the simulated service itself if it is no code of ours. */
function codeOf(world: World, what: string, fault: unknown): string {
  if (isSessionError(fault)) {
    const isKnown = fault.code === 'STORE_UNAVAILABLE' || fault.code === 'CONFLICT' || REFUSALS.includes(fault.code)
    if (!isKnown) world.check.violated('fault', `${what} threw ${fault.code}`)
    return fault.code
  }
  world.check.violated('fault', `${what} threw ${String(fault)}`)
  return 'fault'
}

/** Runs one request to its end, and notes both. */
async function request(world: World, node: SimNode, what: string, run: () => Promise<string>): Promise<void> {
  const by = nameOf(node)
  world.note(`${by} ${what}`)
  const { process } = node
  let answer: string
  try {
    answer = await run()
  } catch (fault) {
    answer = codeOf(world, what, fault)
  }
  if (!process.isGone) world.note(`${by} ${what}: ${answer}`)
}

export async function validate(world: World, node: SimNode, manager: SessionManager, known: Known, token: string): Promise<string> {
  const start = begun(world, node)
  try {
    const result = await manager.validateSession(token)
    if (result.isValid && result.renewed !== undefined) world.check.renewed(known, token, result.renewed.token)
    world.check.validated(known, token, start, result, isAstray(world, node))
    return result.isValid ? 'ok' : result.error.code
  } catch (fault) {
    world.check.unknown(known, start)
    throw fault
  }
}

async function create(world: World, manager: SessionManager, user: string): Promise<string> {
  const { check, stores, plan } = world
  // Whoever is above the limit by then goes; a login whose answer is lost may count as well.
  const logins = check.loggingIn(user)
  if (logins > plan.limit) check.mayEnd(user)
  const issued = await manager.createSession(user)
  const rowId = issued.id.slice('sid_'.length)
  const known = check.created(rowId, user, issued.token, issued.authTime.getTime(), stores.primary().kept, plan.limit)
  return `session ${known.index}`
}

async function terminate(world: World, node: SimNode, manager: SessionManager, known: Known): Promise<string> {
  known.mayHaveEnded = true
  const isBegunAstray = isAstray(world, node)
  try {
    const { level } = await manager.terminateSession(known.tokens.at(-1) ?? '')
    known.enders.add(nameOf(node))
    // What a server has taken that is the primary no more, or a moment later, is lost with it.
    if (level === 'stored' && (isBegunAstray || isAstray(world, node))) known.older ||= 1
    world.check.ended(known, level)
    return level
  } catch (fault) {
    // Whatever the store says, this process refuses it from now on.
    if (isSessionError(fault) && fault.code === 'STORE_UNAVAILABLE') {
      known.refusedBy.set(nameOf(node), world.time.step())
      known.enders.add(nameOf(node))
    }
    throw fault
  }
}

async function terminateAll(world: World, node: SimNode, manager: SessionManager, user: string): Promise<string> {
  world.check.mayEnd(user)
  const before = node.clock.now()
  const { level, terminated } = await manager.terminateAllUserSessions(user)
  world.check.endedAll(user, before, level)
  return `${terminated} ${level}`
}

async function renew(world: World, node: SimNode, manager: SessionManager, known: Known): Promise<string> {
  const token = known.tokens.at(-1) ?? ''
  if (!known.renewing.has(token)) known.renewing.set(token, world.time.step())
  const isBegunAstray = isAstray(world, node)
  try {
    const { token: next } = await manager.renewSession(token)
    world.check.renewed(known, token, next)
    return 'renewed'
  } catch (fault) {
    if (isSessionError(fault)) world.check.notRenewed(known, token, fault.code, isBegunAstray || isAstray(world, node))
    throw fault
  }
}

/** A request that was under way while the session was renewed twice carries a token that counts as copied. */
async function change(world: World, known: Known, work: () => Promise<string>): Promise<string> {
  try {
    return await work()
  } catch (fault) {
    if (isSessionError(fault) && fault.code === 'TOKEN_REUSED') world.check.reused(known)
    throw fault
  }
}

async function update(manager: SessionManager, known: Known, deviceId: string): Promise<string> {
  await manager.updateSessionContext(known.tokens.at(-1) ?? '', { deviceId })
  return 'updated'
}

/** What is taken away is promised to be gone only if nobody gave it at the same time, or tried to and was not told. */
async function permit(world: World, manager: SessionManager, known: Known, permissions: readonly string[]): Promise<string> {
  const isGiven = permissions.length > 0
  known.reduced = undefined
  known.permitted++
  const isAlone = known.permitting === 0
  if (isGiven) known.permitting++
  const mine = known.permitted
  const { level } = await manager.setSessionPermissions(known.tokens.at(-1) ?? '', permissions)
  if (isGiven) {
    known.permitting--
    known.givenAt = world.time.step()
  } else if (isAlone && mine === known.permitted && known.permitting === 0)
    known.reduced = { step: world.time.step(), time: world.time.now(), level }
  return level
}

/** A thief with a token that its owner has replaced, or replaced twice. */
async function replay(world: World, node: SimNode, manager: SessionManager, known: Known, back: 2 | 3): Promise<string> {
  const token = known.tokens.at(-back)
  if (token === undefined) return 'nothing to replay'
  known.mayHaveEnded = true
  return await validate(world, node, manager, known, token)
}

async function run(world: World, node: SimNode, manager: SessionManager, step: Step): Promise<string> {
  const { sessions } = world.check
  if (step.kind === 'create') return await create(world, manager, `user-${step.user}`)
  if (step.kind === 'terminate all') return await terminateAll(world, node, manager, `user-${step.user}`)
  if (step.kind === 'rotate keys') return `${(await manager.rotateKeys()).length} keys`
  const known = step.session < 0 ? sessions.at(step.session) : sessions[step.session % Math.max(1, sessions.length)]
  if (known === undefined) return 'no session'
  switch (step.kind) {
    case 'validate':
      return await validate(world, node, manager, known, known.tokens.at(-1) ?? '')
    case 'terminate':
      return await terminate(world, node, manager, known)
    case 'renew':
      return await renew(world, node, manager, known)
    case 'replay':
      return await replay(world, node, manager, known, 3)
    case 'replay last':
      return await replay(world, node, manager, known, 2)
    case 'update':
      return await change(world, known, () => update(manager, known, `d${world.time.step()}`))
    default:
      return await change(world, known, () => permit(world, manager, known, step.kind === 'elevate' ? [RIGHT] : []))
  }
}

/** Sends one request to a node. A node that is paused takes it when it goes on. */
export function take(world: World, step: Step): void {
  const node = world.nodes[step.node % world.nodes.length]
  if (node === undefined) return
  world.time.at(
    world.time.now(),
    () => {
      const { manager } = node
      if (manager === undefined) return
      void request(world, node, `${step.kind} ${step.kind === 'create' || step.kind === 'terminate all' ? step.user : step.session}`, () =>
        run(world, node, manager, step),
      )
    },
    node.process,
    'request',
  )
}
