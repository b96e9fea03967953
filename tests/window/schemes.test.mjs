// How people look in every state, in Chromium with real nodes: a look made in the window and seen live by a contact, cards that
// open and stay where they are, sounds and videos that play on a click alone.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { evening } from '../png.mjs'
import { launch, look, openPage } from './chromium.mjs'
import { pair, Person } from './person.mjs'
import { wordsOf } from './words.mjs'

const WIDE = { width: 1280, height: 860 }
const PHONE = { width: 360, height: 740 }
const word = wordsOf('en')

/** A second and a half of VP8 with Vorbis as WebM, how GStreamer makes it. */
const CLIP =
  'webmmux name=mux videotestsrc num-buffers=45 ! video/x-raw,width=320,height=180,framerate=30/1 ! videoconvert ! vp8enc ! queue ! mux. ' +
  'audiotestsrc num-buffers=150 samplesperbuffer=441 ! audio/x-raw,rate=44100 ! audioconvert ! vorbisenc ! queue ! mux. mux.'

let browser, alice, bob, picture, sound, video

before(async () => {
  browser = await launch()
  ;[alice, bob] = [await Person.withNode('Alice'), await Person.withNode('林小雨')]
  await pair(alice, bob)
  picture = join(alice.folder, 'evening.png')
  sound = join(alice.folder, 'bell.wav')
  writeFileSync(picture, evening(1))
  writeFileSync(sound, bell(1))
  video = join(alice.folder, 'clip.webm')
  execFileSync('gst-launch-1.0', ['-q', ...CLIP.split(' '), '!', 'filesink', `location=${video}`])
})

after(async () => {
  await browser?.close()
  await Promise.all([alice, bob].map((person) => person?.close()))
})

/** A decaying tone as WAV: 16-bit mono at 22,050 Hz. */
function bell(seconds) {
  const rate = 22_050
  const samples = Buffer.alloc(rate * seconds * 2)
  for (let i = 0; i < rate * seconds; i++) samples.writeInt16LE(Math.round(9000 * Math.sin((i * 2 * Math.PI * 660) / rate) * Math.exp((-4 * i) / rate)), i * 2)
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  return Buffer.concat([header, samples])
}

const open = (person, { touch = false, ...options } = {}) => openPage(browser, person, { viewport: WIDE, hasTouch: touch, ...options })

const row = (page, name) => page.getByRole('navigation').getByRole('button', { name }).first()

async function choose(page, part, file) {
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('region', { name: word(part), exact: true }).getByRole('button').first().click()
  await (await chooser).setFiles(file)
  await page.getByRole('button', { name: word('schemes_remove', { part: word(part) }) }).waitFor()
}

test('a look of five states is made in the window and seen by a contact at once', async () => {
  const [hers, his] = [await open(alice), await open(bob)]
  await row(his.page, 'Alice').waitFor()
  await hers.page.getByRole('button', { name: word('me_corner') }).click()
  await hers.page.getByRole('button', { name: word('presence_look') }).click()
  await hers.page.getByRole('button', { name: word('schemes_start_warm') }).click()
  await choose(hers.page, 'schemes_picture', picture)
  await choose(hers.page, 'schemes_sound', sound)
  await choose(hers.page, 'schemes_video', video)
  await look(hers.page, 'schemes-editor')
  await hers.page.getByRole('button', { name: word('schemes_save_many', { count: 5 }) }).click()
  await hers.page.getByText(word('schemes_saved')).waitFor()

  await row(his.page, 'Alice').getByText(word('schemes_start_warm_online')).waitFor()
  await row(his.page, 'Alice').locator('img').waitFor()
  await hers.page.getByRole('button', { name: word('me_corner') }).click()
  await hers.page.getByRole('radio', { name: word('shared_state_eating') }).click()
  await row(his.page, 'Alice').getByText(word('schemes_start_warm_eating')).waitFor()
  await hers.page.getByRole('radio', { name: word('shared_state_online') }).click()
  await row(his.page, 'Alice').getByText(word('schemes_start_warm_online')).waitFor()
  await Promise.all([hers.close(), his.close()])
})

for (const [theme, locale] of [['light', 'en'], ['dark', 'zh-Hans']]) {
  test(`a card opens by pointer and key, moves nothing, and plays on a click alone: ${theme}, ${locale}`, async () => {
    const says = wordsOf(locale)
    const window = await open(bob, { theme, locale })
    const { page } = window
    const alices = row(page, 'Alice')
    const place = await alices.boundingBox()
    await alices.hover()
    const card = page.getByRole('dialog', { name: says('presence_card', { name: 'Alice' }) })
    await card.locator('.look img').waitFor()
    assert.deepEqual(await alices.boundingBox(), place)
    assert.equal(await card.locator('audio').getAttribute('src'), null)
    await card.getByRole('button', { name: says('presence_play_sound') }).click()
    await page.waitForFunction(() => document.querySelector('audio')?.currentTime > 0)
    assert.match(await card.locator('audio').getAttribute('src'), /^blob:/)
    assert.equal(await card.locator('video').getAttribute('src'), null)
    await card.getByRole('button', { name: says('presence_play_video') }).click()
    await page.waitForFunction(() => {
      const [video, audio] = [document.querySelector('video'), document.querySelector('audio')]
      return video?.currentTime > 0 && video.videoWidth === 320 && audio?.paused
    })
    assert.match(await card.locator('video').getAttribute('src'), /^blob:/)
    await look(page, `schemes-card-${theme}-${locale}`)
    await page.mouse.move(WIDE.width - 10, WIDE.height - 10)
    await card.waitFor({ state: 'detached' })

    await alices.focus()
    await page.keyboard.press('Alt+Enter')
    await card.waitFor()
    await page.keyboard.press('Escape')
    await card.waitFor({ state: 'detached' })
    assert.ok(await alices.evaluate((button) => button === document.activeElement))
    await window.close()
  })
}

test('a long press opens the card and no conversation, and a tap the conversation', async () => {
  const window = await open(bob, { viewport: PHONE, touch: true })
  const { page, context } = window
  const { x, y } = await row(page, 'Alice').boundingBox()
  const finger = await context.newCDPSession(page)
  await finger.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: x + 60, y: y + 20 }] })
  const card = page.getByRole('dialog', { name: word('presence_card', { name: 'Alice' }) })
  await card.waitFor()
  await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  await look(page, 'schemes-card-phone')
  assert.ok(await row(page, 'Alice').isVisible())
  await page.touchscreen.tap(PHONE.width - 8, PHONE.height - 20)
  await card.waitFor({ state: 'detached' })
  await page.touchscreen.tap(x + 60, y + 20)
  await page.getByRole('textbox', { name: word('conversations_placeholder', { name: 'Alice' }) }).waitFor()
  await window.close()
})

test('who is invisible sees it, is seen offline with the offline look, and finds the way back', async () => {
  const [hers, his] = [await open(alice, { theme: 'dark' }), await open(bob)]
  await row(his.page, 'Alice').getByText(word('schemes_start_warm_online')).waitFor()
  await hers.page.getByRole('button', { name: word('me_corner') }).click()
  await hers.page.getByRole('button', { name: word('presence_hide_all') }).click()
  await row(his.page, 'Alice').getByText(word('schemes_start_warm_offline')).waitFor()
  await look(hers.page, 'presence-menu-hidden')
  await hers.page.keyboard.press('Escape')
  const sign = hers.page.getByRole('status').filter({ hasText: word('presence_hidden_all') })
  await sign.getByRole('button', { name: word('presence_show') }).click()
  await sign.waitFor({ state: 'detached' })
  await row(his.page, 'Alice').getByText(word('schemes_start_warm_online')).waitFor()
  await Promise.all([hers.close(), his.close()])
})

test('the editor fits a phone, in the dark and in Chinese', async () => {
  const says = wordsOf('zh-Hans')
  const window = await open(alice, { viewport: PHONE, theme: 'dark', locale: 'zh-Hans', touch: true })
  const { page } = window
  await page.getByRole('button', { name: says('me_corner') }).click()
  await page.getByRole('button', { name: says('presence_look') }).click()
  await page.getByRole('heading', { name: says('schemes_preview') }).waitFor()
  await look(page, 'schemes-editor-phone')
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
  const cut = await page.locator('.work').evaluate((work) => work.scrollWidth > work.clientWidth)
  assert.equal(cut, false)
  await window.close()
})
