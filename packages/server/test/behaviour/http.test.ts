import { describeBehaviour } from '../../../sojourn/test/behaviour/suite.js'
import { httpSessions } from './http-sessions.js'
import { serviceBench } from './service-bench.js'

describeBehaviour('the service by bare HTTP', 'http', serviceBench('http', httpSessions))
