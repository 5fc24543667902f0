import type { NextConfig } from 'next'

const config: NextConfig = {
  // Loaded by Node as it is: it has nothing that a bundler could make smaller.
  serverExternalPackages: ['sojourn'],
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
}

export default config
