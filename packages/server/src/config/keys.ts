import type { ConfigKey } from './key.js'
import { operationKeys } from './keys/operation.js'
import { deviceBoundKeys, dpopKeys } from './keys/proof.js'
import { riskKeys } from './keys/risk.js'
import { roleKeys } from './keys/roles.js'
import { serviceKeys } from './keys/service.js'
import { policyKeys, renewalKeys, validationKeys } from './keys/session.js'
import { clusterKeys, storageKeys } from './keys/storage.js'
import { tenantKeys } from './keys/tenants.js'
import { throttleKeys } from './keys/throttle.js'
import { encryptionKeys, tokenKeys, tokenValidationKeys } from './keys/token.js'

/** Every key there is. What is not in it is refused, and what is in it works or says why not. */
export const CONFIG_KEYS: readonly ConfigKey[] = [
  ...tokenKeys,
  ...storageKeys,
  ...validationKeys,
  ...riskKeys,
  ...renewalKeys,
  ...encryptionKeys,
  ...tokenValidationKeys,
  ...policyKeys,
  ...roleKeys,
  ...throttleKeys,
  ...deviceBoundKeys,
  ...dpopKeys,
  ...clusterKeys,
  ...operationKeys,
  ...serviceKeys,
  ...tenantKeys,
]
