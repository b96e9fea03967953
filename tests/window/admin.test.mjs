// The catalog's admin page in Chromium: signing in, a seller and a key that is shown once, feeds and pictures by button and by drop, export.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'

import { launch } from './chromium.mjs'
import { built, end, startWithReadyLine } from './person.mjs'

const stoa = join(built, 'stoa')
const run = promisify(execFile)
const PATIENCE_MS = 30_000
const FEED = 'id,title,price,link\nhoney-500,Thyme honey,12.50 EUR,https://shop.example/p/honey-500\nbowl,青花瓷碗,88.00 CNY,https://shop.example/p/bowl\nbad,Bad,nothing,https://shop.example/p/bad\n'

let folder, catalog, browser, operatorKey

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stoa-admin-'))
  const place = ['--data', join(folder, 'catalog')]
  const made = await run(stoa, ['--json', 'catalog', 'operator', 'key', ...place])
  operatorKey = JSON.parse(made.stdout).key
  catalog = await startWithReadyLine(stoa, ['--json', 'catalog', 'serve', ...place, '--listen', '127.0.0.1:0'])
  browser = await launch()
  writeFileSync(join(folder, 'feed.csv'), FEED)
})

after(async () => {
  await browser?.close()
  if (catalog) await end(catalog.child)
  if (folder) rmSync(folder, { recursive: true, force: true })
})

/** The page, signed in with a key; what it logs as an error fails the test, save the refusals that are asked for. */
async function signedIn(key, expected = /a^/) {
  const context = await browser.newContext({ locale: 'en-GB', acceptDownloads: true })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const errors = []
  page.on('console', (message) => message.type() === 'error' && !expected.test(message.text()) && errors.push(message.text()))
  page.on('pageerror', (error) => errors.push(String(error)))
  await page.goto(`${catalog.ready.url}/admin`)
  await page.getByLabel('Key', { exact: true }).fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  return {
    page,
    async close() {
      await context.close()
      assert.deepEqual(errors, [])
    },
  }
}

/** What is dragged from a folder of the desktop onto the place for files. */
async function drop(page, zone, name, type, bytes) {
  const data = await page.evaluateHandle(
    ({ name, type, base64 }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      const data = new DataTransfer()
      data.items.add(new File([bytes], name, { type }))
      return data
    },
    { name, type, base64: Buffer.from(bytes).toString('base64') },
  )
  await zone.dispatchEvent('dragover', { dataTransfer: data })
  await zone.dispatchEvent('drop', { dataTransfer: data })
}

/** A picture that this browser paints and encodes. */
async function painted(page, colour) {
  const base64 = await page.evaluate(async (colour) => {
    const canvas = new OffscreenCanvas(320, 200)
    const paint = canvas.getContext('2d')
    paint.fillStyle = colour
    paint.fillRect(0, 0, 320, 200)
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer())
    return btoa(String.fromCharCode(...bytes))
  }, colour)
  return Buffer.from(base64, 'base64')
}

let sellerKey

test('the operator adds a seller, whose key is shown once', async () => {
  const { page, close } = await signedIn(operatorKey)
  await page.getByRole('link', { name: 'Sellers' }).click()
  await page.getByLabel('Name', { exact: true }).first().fill('Bee & Sons')
  await page.getByRole('button', { name: 'Add seller' }).click()
  const shown = page.locator('.secret input')
  await shown.waitFor()
  sellerKey = await shown.inputValue()
  assert.match(sellerKey, /^stoa_[0-9a-f]{64}$/)

  await page.reload()
  await page.getByRole('link', { name: 'Sellers' }).click()
  await page.getByRole('region', { name: 'Bee & Sons' }).waitFor()
  assert.ok(!(await page.content()).includes(sellerKey), 'nobody sees the key again')
  assert.equal(await page.locator('.secret').count(), 0)
  await close()
})

test('a seller imports by button and by drop, and takes the feed out again', async () => {
  const { page, close } = await signedIn(sellerKey)
  await page.getByRole('link', { name: 'Import and export' }).click()
  const panel = page.locator('section.panel', { has: page.getByRole('button', { name: 'Check first' }) })
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), panel.getByText('Choose a file').click()])
  await chooser.setFiles(join(folder, 'feed.csv'))
  await page.getByText('feed.csv').waitFor()
  await page.getByRole('button', { name: 'Check first' }).click()
  await page.getByRole('region', { name: 'Rows left out' }).getByText('price').first().waitFor()
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await page.getByText('Imported', { exact: true }).waitFor()

  await drop(page, panel.locator('label.drop'), 'more.csv', 'text/csv', FEED.replace('88.00', '99.00').replace(/bad,.*\n/, ''))
  await page.getByText('more.csv').waitFor()
  await page.getByRole('button', { name: 'Check first' }).click()
  const count = (name) => page.locator('dl.counts div', { has: page.getByText(name, { exact: true }) }).locator('dd')
  await page.locator('dl.counts').waitFor()
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await page.getByText('Imported', { exact: true }).waitFor()
  assert.equal(await count('Changed').textContent(), '1')

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()])
  assert.equal(download.suggestedFilename(), 'products.csv')
  const feed = readFileSync(await download.path(), 'utf8')
  assert.ok(feed.includes('honey-500') && feed.includes('青花瓷碗') && feed.includes('99.00 CNY'), feed)
  await close()
})

test('pictures come by button and by drop, and what is none is refused', async () => {
  const { page, close } = await signedIn(sellerKey, /422/)
  await page.goto(`${catalog.ready.url}/admin#products/honey-500`)
  await page.getByLabel('Code', { exact: true }).waitFor()
  const zone = page.locator('label.drop').first()
  const first = join(folder, 'first.png')
  writeFileSync(first, await painted(page, '#c80'))
  const images = async () => (await (await fetch(`${catalog.ready.url}/products/honey-500`)).json().then(({ payload }) => JSON.parse(payload))).images ?? []
  const uploaded = () => page.waitForResponse((answer) => answer.url().includes('/photos') && answer.request().method() === 'POST')
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), zone.locator('.button').click()])
  let [answer] = await Promise.all([uploaded(), chooser.setFiles(first)])
  assert.equal(answer.status(), 200)
  ;[answer] = await Promise.all([uploaded(), drop(page, zone, 'second.png', 'image/png', await painted(page, '#08c'))])
  assert.equal(answer.status(), 200)
  assert.equal((await images()).length, 2)
  ;[answer] = await Promise.all([uploaded(), drop(page, zone, 'third.png', 'image/png', Buffer.from('no picture'))])
  assert.equal(answer.status(), 422)
  await page.locator('.wrong:visible').first().waitFor()
  assert.equal((await images()).length, 2)

  await page.goto(`${catalog.ready.url}/admin#products`)
  const logo = page.locator('section.panel', { has: page.getByRole('heading', { name: 'Your logo' }) })
  await Promise.all([
    page.waitForResponse((answer) => answer.url().endsWith('/seller/logo') && answer.status() === 200),
    drop(page, logo.locator('label.drop'), 'logo.png', 'image/png', await painted(page, '#0a4')),
  ])
  await close()
})

test('the operator sets what a seller may keep, and the seller sees it', async () => {
  const { page, close } = await signedIn(operatorKey)
  await page.getByRole('link', { name: 'Sellers' }).click()
  const panel = page.getByRole('region', { name: 'Bee & Sons' })
  await panel.getByText('2 of 200,000 products').waitFor()
  await panel.getByLabel('Products', { exact: true }).fill('2')
  await panel.getByRole('button', { name: 'Save' }).click()
  await panel.getByText('2 of 2 products').waitFor()
  await close()

  const seller = await signedIn(sellerKey)
  await seller.page.getByText('2 of 2 products').waitFor()
  await seller.close()
  const headers = { authorization: `Bearer ${sellerKey}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ name: 'One more', url: 'https://shop.example/p/more' })
  const refused = await fetch(`${catalog.ready.url}/products/more`, { method: 'PUT', headers, body })
  assert.deepEqual([refused.status, (await refused.json()).error.code], [409, 'quota_products'])
})
