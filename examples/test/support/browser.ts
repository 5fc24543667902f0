import { createRequire } from 'node:module'
import { join } from 'node:path'
import { script } from '../../../packages/sojourn/test/house/plant.js'

const { exampleFolder } = await script<{ readonly exampleFolder: (name: string) => string }>('lib/examples.mjs')
const { requirePrograms } = await script<{
  readonly requirePrograms: (programs: readonly string[]) => Promise<Readonly<Record<string, string>>>
}>('requirements.mjs')

/** What is used of Playwright's objects. It is installed with the example, so its types are not here. */
export interface Page {
  goto(url: string): Promise<unknown>
  goBack(): Promise<unknown>
  reload(): Promise<{ status(): number } | null>
  fill(selector: string, text: string): Promise<void>
  click(selector: string): Promise<void>
  waitForURL(url: string): Promise<void>
  waitForSelector(selector: string): Promise<unknown>
  textContent(selector: string): Promise<string | null>
  url(): string
  on(event: 'pageerror', listener: (error: Error) => void): unknown
}
export interface BrowserContext {
  newPage(): Promise<Page>
  cookies(): Promise<ReadonlyArray<{ readonly name: string; readonly value: string; readonly secure: boolean; readonly httpOnly: boolean }>>
  addCookies(cookies: ReadonlyArray<{ readonly name: string; readonly value: string; readonly url: string }>): Promise<void>
  close(): Promise<void>
}
export interface Browser {
  newContext(): Promise<BrowserContext>
  close(): Promise<void>
}
interface Playwright {
  readonly chromium: { launch(options: { readonly executablePath: string; readonly args: readonly string[] }): Promise<Browser> }
}

/** Starts the Chromium of this machine without a window. The example must have been prepared. */
export async function openBrowser(): Promise<Browser> {
  const { chromium: executablePath } = await requirePrograms(['chromium'])
  if (executablePath === undefined) throw new Error('There is no chromium.')
  const { chromium } = createRequire(join(exampleFolder('next'), 'package.json'))('playwright-core') as Playwright
  // Its sandbox needs rights that a container does not give; it shows nothing but our own pages.
  return await chromium.launch({ executablePath, args: ['--no-sandbox'] })
}
