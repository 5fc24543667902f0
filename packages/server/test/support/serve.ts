import { loadConfig, startService } from '../../src/index.js'

// A service as a process of its own, for tests that kill it. It says where it listens and ends with its parent.
const service = await startService(await loadConfig({ environment: process.env }))
process.stdout.write(`listening ${service.url}\n`)
process.stdin.resume()
process.stdin.on('end', () => process.exit())
