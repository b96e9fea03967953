// Chromium for the window tests: whichever is installed, pages that may log no error, and the look of axe at them.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { chromium } from 'playwright-core'

import { repository } from './person.mjs'

export const screenshots = join(repository, 'target/screenshots')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PATIENCE_MS = 30_000

/** Whichever Chromium is installed. */
export async function launch() {
  const tried = []
  for (const executablePath of ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']) {
    try {
      // As root Chromium has no sandbox to offer.
      const args = process.getuid() === 0 ? ['--no-sandbox'] : []
      return await chromium.launch({ executablePath, args })
    } catch (error) {
      tried.push(error.message.split('\n')[0])
    }
  }
  throw new Error(`no Chromium starts:\n${tried.join('\n')}`)
}

/**
 * Opens a person's window with a fresh one-time address. Anything the page logs as an error, as what the CSP refuses, fails the test.
 * More options are those of Playwright's contexts.
 */
export async function openPage(browser, person, { theme = 'light', locale = 'en', viewport, ...more }) {
  const context = await browser.newContext({
    colorScheme: theme,
    locale: locale === 'en' ? 'en-GB' : 'zh-CN',
    viewport,
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Athens',
    ...more,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const errors = []
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('pageerror', (error) => errors.push(String(error)))
  await page.goto((await person.stoa('node', 'web')).url)
  return {
    page,
    context,
    async close() {
      await context.close()
      assert.deepEqual(errors, [])
    },
  }
}

/** Keeps the page as a picture; fails on what axe finds serious. */
export async function look(page, name) {
  await page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled' })
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((n) => `${n.target} ${n.failureSummary.split('\n').slice(1).join(' ')}`).join('; ')}`)
  assert.deepEqual(serious, [], name)
}
