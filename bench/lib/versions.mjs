import { readFileSync } from 'node:fs'

const versionOf = (name) => JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version

/** The versions of packages as they are installed in bench/. */
export const versionsOf = (names) => `${names.map((name) => `${name} ${versionOf(name)}`).join(', ')}.`
