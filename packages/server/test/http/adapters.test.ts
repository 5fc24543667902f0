import { createSessionClient } from 'sojourn/client'
import { express4Harness, express5Harness } from '../../../sojourn/test/http/contract/harness/express.js'
import { fastifyHarness } from '../../../sojourn/test/http/contract/harness/fastify.js'
import { honoHarness } from '../../../sojourn/test/http/contract/harness/hono.js'
import { nextHarness } from '../../../sojourn/test/http/contract/harness/next.js'
import { nodeHarness } from '../../../sojourn/test/http/contract/harness/node.js'
import { describeHttp } from '../../../sojourn/test/http/contract/suite.js'
import { serviceBench } from '../behaviour/service-bench.js'

// Its own repetitions have a test of their own; here they would only make an outage take longer.
const overService = serviceBench('client', (url, serviceKey) => createSessionClient({ url, serviceKey, retries: 0 }))

describeHttp('sojourn/node over the service', nodeHarness, overService)
describeHttp('sojourn/express under Express 5 over the service', express5Harness, overService)
describeHttp('sojourn/express under Express 4 over the service', express4Harness, overService)
describeHttp('sojourn/fastify over the service', fastifyHarness, overService)
describeHttp('sojourn/hono over the service', honoHarness, overService)
describeHttp('route handlers of sojourn/next over the service', nextHarness, overService)
