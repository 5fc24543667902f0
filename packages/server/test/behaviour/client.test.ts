import { createSessionClient } from 'sojourn/client'
import { describeBehaviour } from '../../../sojourn/test/behaviour/suite.js'
import { serviceBench } from './service-bench.js'

describeBehaviour(
  'the client of the service',
  'client',
  // Its own repetitions have a test of their own; here they would only make an outage take longer.
  serviceBench('client', (url, serviceKey) => createSessionClient({ url, serviceKey, retries: 0 })),
)
