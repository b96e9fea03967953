// Two real windows, each with its own node, driven by WebDriver: two people start, pair, talk, share and see a card.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { built, Person, repository } from './person.mjs'
import { drawPictures, LINK, openCatalog } from './scene.mjs'
import { Window } from './webdriver.mjs'
import { wordsOf } from './words.mjs'

const word = wordsOf('en')
const screenshots = join(repository, 'target/screenshots')
/** A second and a half of VP9 with Opus as WebM, and of Opus as Ogg, how GStreamer makes them. */
const SOUND = 'audiotestsrc num-buffers=150 samplesperbuffer=441 ! audio/x-raw,rate=44100 ! audioconvert ! audioresample ! opusenc'
const CLIP = `webmmux name=mux videotestsrc num-buffers=45 ! video/x-raw,width=320,height=180,framerate=30/1 ! videoconvert ! vp9enc ! queue ! mux. ${SOUND} ! queue ! mux. mux.`
const opened = []

after(async () => {
  for (const thing of opened.reverse()) await thing.close()
})

async function openWindow(name) {
  const person = new Person(name)
  opened.push(person)
  const args = ['--home', person.home, '--no-lan', '--listen', '/ip4/127.0.0.1/tcp/0']
  const window = await Window.open(join(built, 'stoa-window'), args, { LANG: 'C.UTF-8', LANGUAGE: 'en' })
  opened.push(window)
  return { person, window }
}

/** First start: a name, a picture or none, and on to finding somebody. */
async function welcome({ person, window }, hat) {
  await window.type('textbox', word('onboarding_name'), person.name)
  await window.click('button', `^${word('onboarding_continue')}$`)
  if (!hat) return window.click('button', `^${word('personas_step_skip')}$`)
  await window.until('a hat', `const tile = document.querySelector(arguments[0]); tile?.click(); return tile`, `.tile[data-item="stoa/${hat}"]`)
  await window.click('button', `^${word('personas_step_use')}$`)
}

const pictureDrawn = (part) =>
  `return [...document.images].some((i) => i.src.startsWith('media:') && i.complete && i.naturalWidth > 0 && ${part})`

test('two people start, pair, talk, share pictures and see a card', async (t) => {
  const [alice, bob] = [await openWindow('Alice'), await openWindow('Bob')]

  await t.test('first start asks a name, and an invitation makes them contacts', async () => {
    await welcome(alice, 'straw-boater')
    await welcome(bob)
    const link = await alice.window.until(
      'an invitation',
      `return [...document.querySelectorAll('input[readonly]')].map((i) => i.value).find((v) => v.startsWith('stoa://invite/'))`,
    )
    await bob.window.type('textbox', word('contacts_accept_label'), link)
    await bob.window.click('button', `^${word('contacts_accept')}$`)
    for (const [side, other] of [[alice, bob], [bob, alice]]) {
      await side.window.find('textbox', word('conversations_placeholder', { name: other.person.name }))
      await side.window.text(other.person.name)
    }
  })

  await t.test('the picture made at the first start is what the contact sees', async () => {
    await bob.window.until('the picture', pictureDrawn(`i.src.includes('look')`))
  })

  await t.test('a look reaches the contact at once, and its video and sound play on a click alone', async () => {
    const [video, sound] = ['clip.webm', 'bell.ogg'].map((name) => join(alice.person.folder, name))
    for (const [made, path] of [[CLIP, video], [`${SOUND} ! oggmux`, sound]]) {
      execFileSync('gst-launch-1.0', ['-q', ...made.split(' '), '!', 'filesink', `location=${path}`])
    }
    await alice.person.stoa('scheme', 'set', 'online', '--text', 'Come by, I am here', '--video', video, '--sound', sound)
    await bob.window.text('Come by, I am here')
    await bob.window.click('button', `^${word('conversations_details')}$`)
    for (const [kind, player] of [['presence_play_video', 'video'], ['presence_play_sound', 'audio']]) {
      assert.equal(await bob.window.script('return document.querySelector(arguments[0])?.src || null', player), null)
      await bob.window.click('button', `^${word(kind)}`)
      await bob.window.until(
        `${player} that plays`,
        `const player = document.querySelector(arguments[0])
         return player?.src.startsWith('blob:') && player.currentTime > 0.3 && (player.videoWidth ?? 320) === 320`,
        player,
      )
    }
    await bob.window.click('button', `^${word('conversations_details')}$`)
  })

  await t.test('a message goes each way and is marked read', async () => {
    await say(alice, 'Bob', 'Tea at five?')
    await bob.window.text('Tea at five?')
    await say(bob, 'Alice', 'With honey, please. 好的')
    await alice.window.text('With honey, please. 好的')
    await alice.window.until(
      'a read mark',
      `return [...document.querySelectorAll('[aria-label], .visually-hidden, [title]')].some((e) =>
        [e.getAttribute('aria-label'), e.title, e.textContent].includes(arguments[0]))`,
      word('conversations_mark_read'),
    )
  })

  await t.test('shared pictures are seen, fetched by a click, and shown', async () => {
    const folder = drawPictures(alice.person, 'Samos')
    const bobs = await alice.person.stoa('contact', 'list')
    // The page's own way into the program; only the system's file dialog is left out.
    await alice.window.script(
      `return window.__TAURI_INTERNALS__.invoke('invoke', { command: { verb: 'share.add', args: arguments[0] } })`,
      { paths: [folder], with: [bobs.person], name: null, expires: null },
    )
    for (const side of [alice, bob]) await side.window.text('Samos')
    await bob.window.click('button', `^${word('photos_get_all')}$`)
    await bob.window.text(word('photos_all_here'))
    for (const side of [alice, bob]) await side.window.until('a thumbnail', pictureDrawn('true'))
  })

  await t.test('a product link becomes a card on both sides', async () => {
    const catalog = await openCatalog(join(alice.person.folder, 'catalog'))
    opened.push(catalog)
    for (const { person } of [alice, bob]) await person.stoa('card', 'catalogs', 'trust', catalog.url)
    await say(alice, 'Bob', `This one: ${LINK}`)
    for (const side of [alice, bob]) await side.window.until('the card', pictureDrawn('/honey/i.test(i.alt)'))
  })

  await t.test('a card is drawn whole, and the conversation stays at its end', async () => {
    for (const side of [alice, bob]) {
      await side.window.until(
        'the whole card at the end',
        `const log = document.querySelector('[role=log]')
         const card = [...log.querySelectorAll('img')].findLast((i) => /honey/i.test(i.alt))
         const place = card.closest('a').parentElement.getBoundingClientRect()
         const picture = card.getBoundingClientRect()
         return picture.height > 0 && picture.bottom <= place.bottom + 0.5 && log.scrollHeight - log.clientHeight - log.scrollTop < 1`,
      )
    }
  })

  await t.test('a typed code becomes a card', async () => {
    await bob.window.click('button', `^${word('products_scan')}$`)
    await bob.window.type('textbox', word('products_scan_type'), LINK.split('/').at(-1))
    await bob.window.click('button', `^${word('products_scan_look')}$`)
    await bob.window.until('the card of the code', pictureDrawn(`/honey/i.test(i.alt) && i.closest('[role=dialog]')`))
    await bob.window.click('button', `^${word('shared_close')}$`)
  })

  await t.test('both windows are kept as pictures', async () => {
    for (const { person, window } of [alice, bob]) {
      await window.screenshot(join(screenshots, `desktop-${person.name.toLowerCase()}.png`))
    }
    const page = await bob.window.script('return [document.documentElement.scrollWidth, innerWidth]')
    assert.ok(page[0] <= page[1], 'nothing is wider than the window')
  })
})

async function say({ window }, to, text) {
  await window.type('textbox', word('conversations_placeholder', { name: to }), text)
  await window.click('button', word('conversations_send').replace(/[()]/g, '\\$&'))
}
