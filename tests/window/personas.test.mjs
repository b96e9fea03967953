// The picture editor in Chromium with a real node: a photo cut by hand, accessories dragged, turned and pinched, and what a contact then sees.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { evening } from '../png.mjs'
import { launch, look, openPage } from './chromium.mjs'
import { pair, Person } from './person.mjs'
import { wordsOf } from './words.mjs'

const PHONE = { width: 360, height: 740 }

let browser, alice, bob, photo

before(async () => {
  browser = await launch()
  ;[alice, bob] = [await Person.withNode('Alice'), await Person.withNode('林小雨')]
  await pair(alice, bob)
  photo = join(alice.folder, 'me.png')
  writeFileSync(photo, evening(1))
})

after(async () => {
  await browser?.close()
  await Promise.all([alice, bob].map((open) => open?.close()))
})

const WIDE = { width: 1280, height: 800 }
const open = (person, { touch = false, ...options } = {}) =>
  openPage(browser, person, { viewport: WIDE, hasTouch: touch, isMobile: touch, acceptDownloads: true, ...options })

async function editing(page, word) {
  await page.getByRole('button', { name: 'Alice' }).first().click()
  await page.getByText(word('personas_open')).click()
  await page.getByRole('dialog', { name: word('personas_title') }).waitFor()
  await page.locator('.tile').first().waitFor()
  await painted(page)
}

/** The picture in the middle is drawn: it is not of one colour. */
function painted(page) {
  return page.waitForFunction(() => {
    const canvas = document.querySelector('[data-picture] canvas')
    const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data
    return pixels && new Set(Array.from({ length: 64 }, (_, at) => pixels[at * 4 * 4093])).size > 4
  })
}

const wear = (page, item) => page.locator(`.tile[data-item="stoa/${item}"]`).first().click()
const field = async (page, name) => Number(await page.getByRole('spinbutton', { name }).inputValue())

test('a photo is cut, an accessory dragged, turned and scaled, and a contact sees it all', async () => {
  const word = wordsOf('en')
  const window = await open(alice)
  const { page } = window
  await editing(page, word)
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: word('personas_choose') }).click()])
  await chooser.setFiles(photo)
  const square = page.getByRole('button', { name: word('personas_cut_square') })
  await square.press('+')
  await page.getByRole('button', { name: word('personas_cut_done') }).click()
  await page.getByRole('button', { name: word('personas_cut_again') }).waitFor()

  await wear(page, 'beret')
  const box = await page.locator('[data-picture]').boundingBox()
  const hat = await page.locator('.box').boundingBox()
  const middle = { x: hat.x + hat.width / 2, y: hat.y + hat.height / 2 }
  await page.mouse.move(middle.x, middle.y)
  await page.mouse.down()
  await page.mouse.move(middle.x + box.width / 10, middle.y, { steps: 8 })
  await page.mouse.up()
  assert.ok(Math.abs((await field(page, word('personas_x'))) - 10) < 1.5, 'dragged by a tenth of the picture')
  await page.mouse.wheel(0, -200)
  assert.ok((await field(page, word('personas_scale'))) > 110, 'the wheel scales')
  const turn = await page.getByRole('button', { name: /^Turn/ }).boundingBox()
  await page.mouse.move(turn.x + 13, turn.y + 13)
  await page.mouse.down()
  await page.mouse.move(turn.x + 60, turn.y + 13, { steps: 8 })
  await page.mouse.up()
  assert.ok((await field(page, word('personas_tilt'))) > 3, 'the handle turns')
  await page.keyboard.press('Control+z')
  await page.keyboard.press('Control+z')
  assert.equal(await field(page, word('personas_scale')), 100, 'a drag is one step')
  await look(page, 'persona-light-en')

  await page.getByRole('button', { name: word('shared_more') }).click()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: word('personas_save_file') }).click()])
  const saved = readFileSync(await download.path())
  assert.deepEqual([saved.subarray(1, 4).toString(), saved.readUInt32BE(16), saved.readUInt32BE(20)], ['PNG', 1024, 1024])

  await page.getByRole('button', { name: word('personas_publish') }).click()
  await page.getByText(word('personas_published')).waitFor()
  await bob.until('her picture', async () => (await bob.list('contact', 'list'))[0].persona !== null)
  const other = await open(bob, { locale: 'zh-Hans' })
  await other.page.getByRole('button', { name: 'Alice' }).first().waitFor()
  await other.page.waitForFunction(() => [...document.images].some((image) => image.complete && image.naturalWidth > 0))
  await other.close()
  await window.close()
})

test('on a phone everything fits, tiles are tapped and two fingers scale and turn', async () => {
  const word = wordsOf('zh-Hans')
  const window = await open(alice, { viewport: PHONE, locale: 'zh-Hans', theme: 'dark', touch: true })
  const { page, context } = window
  await editing(page, word)
  await page.locator('.tile[data-item="stoa/crown"]').first().tap()
  await page.locator('.box').waitFor()
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width)
  const hat = await page.locator('.box').boundingBox()
  const [x, y] = [hat.x + hat.width / 2, hat.y + hat.height / 2]
  const touch = await context.newCDPSession(page)
  const fingers = (type, points) => touch.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) })
  await fingers('touchStart', [[x - 20, y]])
  await fingers('touchStart', [[x - 20, y], [x + 20, y]])
  for (let step = 1; step <= 6; step++) await fingers('touchMove', [[x - 20 - 3 * step, y - 2 * step], [x + 20 + 3 * step, y + 2 * step]])
  await fingers('touchEnd', [])
  assert.ok((await field(page, word('personas_scale'))) > 140, 'two fingers scale')
  assert.ok((await field(page, word('personas_tilt'))) > 8, 'and turn')
  await look(page, 'persona-narrow-dark-zh-Hans')
  await page.getByRole('button', { name: word('shared_close') }).click()
  await page.getByRole('button', { name: word('personas_discard') }).click()
  await page.locator('.tile').first().waitFor({ state: 'detached' })
  await window.close()
})

test('a second device enters by the code of the settings, once', async () => {
  const word = wordsOf('en')
  const window = await open(alice)
  const { page } = window
  await page.getByRole('searchbox').waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill(word('me_phone'))
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: word('me_phone_make') }).click()
  await page.getByRole('img', { name: word('me_phone_qr') }).waitFor()
  const url = await page.evaluate(async () => (await (await fetch('/api/link', { method: 'POST', headers: { 'x-stoa-key': localStorage.getItem('stoa-key') } })).json()).url)
  const device = await browser.newContext({ viewport: PHONE, hasTouch: true, isMobile: true })
  const phone = await device.newPage()
  await phone.goto(url)
  await phone.getByRole('searchbox').waitFor()
  const again = await (await browser.newContext()).request.get(url, { maxRedirects: 0 })
  assert.equal(again.status(), 401)
  const bare = await (await browser.newContext()).request.post(new URL('/api/link', url).href, { headers: { origin: new URL(url).origin } })
  assert.equal(bare.status(), 401)
  await device.close()
  await window.close()
})
