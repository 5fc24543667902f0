import type { RiskAction, RiskSignal } from 'sojourn'
import { type ConfigKey, choice, duration, flag, text, whole } from '../key.js'

const at = 'session_manager'

const FILE = { pattern: /^[^\0]{1,4096}$/, allowed: 'the path of a file' }

const ACTIONS: readonly RiskAction[] = ['log', 'refuse', 'step-up', 'terminate']

const SIGNALS: Readonly<Record<RiskSignal, string>> = {
  'agent-changed': 'a token comes from another browser or system than it was given to',
  'device-changed': 'a token comes with another device id than it was given to',
  'fingerprint-changed': 'what a browser says of itself changes in a session',
  'address-changed': 'a session is used from an address it was not used from before',
  'network-changed': 'a session moves to another network (autonomous system)',
  'country-changed': 'a session moves to another country',
  'impossible-travel': 'a session moves faster than anybody travels',
  'two-places': 'a token comes from two devices at two addresses within seconds',
}

const signalKeys: readonly ConfigKey[] = (Object.keys(SIGNALS) as RiskSignal[]).map((signal) =>
  choice(`${at}.risk.actions.${signal.replaceAll('-', '_')}`, `What is done when ${SIGNALS[signal]}.`, ACTIONS, (action) => ({
    sessions: { risk: { actions: { [signal]: action } } },
  })),
)

/** What speaks against a caller, where addresses are, and what is kept of both. */
export const riskKeys: readonly ConfigKey[] = [
  ...signalKeys,
  whole(`${at}.risk.thresholds.step_up`, 'The score from which the user has to authenticate again.', [1, 1_000], (stepUp) => ({
    sessions: { risk: { thresholds: { stepUp } } },
  })),
  whole(`${at}.risk.thresholds.terminate`, 'The score from which the session is ended.', [1, 1_000], (terminate) => ({
    sessions: { risk: { thresholds: { terminate } } },
  })),
  whole(`${at}.risk.max_speed`, 'Kilometres per hour above which nobody travels.', [1, 1_000_000], (maxSpeed) => ({
    sessions: { risk: { maxSpeed } },
  })),
  text(`${at}.geo.database`, 'A database of places in the MaxMind format, such as GeoLite2-City.mmdb.', FILE, (database) => ({
    geo: { database },
  })),
  text(`${at}.geo.asn_database`, 'A database of networks in the MaxMind format, such as GeoLite2-ASN.mmdb.', FILE, (asnDatabase) => ({
    geo: { asnDatabase },
  })),
  choice(`${at}.geo.precision`, 'Whether cities are kept, or countries and regions only.', ['region', 'city'], (precision) => ({
    geo: { precision },
  })),
  choice(`${at}.privacy.addresses`, 'What is kept of addresses.', ['full', 'truncate', 'none'], (addresses) => ({
    sessions: { privacy: { addresses } },
  })),
  choice(`${at}.privacy.agents`, 'What is kept of user agents.', ['full', 'family'], (agents) => ({ sessions: { privacy: { agents } } })),
  flag(`${at}.devices.enabled`, 'Whether the devices of users are remembered.', (enabled) => ({ sessions: { devices: { enabled } } })),
  whole(`${at}.devices.most`, 'Most devices of one user.', [1, 500], (most) => ({ sessions: { devices: { most } } })),
  duration(`${at}.devices.retention`, 'How long a device is remembered that is not used.', (retention) => ({
    sessions: { devices: { retention } },
  })),
]
