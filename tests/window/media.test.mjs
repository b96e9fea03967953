// What only WebKitGTK shows: the camera of the scan dialog, and sound and clips from blob addresses under the window's policy.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { built, Person } from './person.mjs'
import { Window } from './webdriver.mjs'
import { wordsOf } from './words.mjs'

const word = wordsOf('en')
const opened = []

const SOUND = 'audiotestsrc num-buffers=50 samplesperbuffer=441 ! audio/x-raw,rate=44100 ! audioconvert'
const CLIP = 'videotestsrc num-buffers=15 ! video/x-raw,width=160,height=120,framerate=30/1 ! videoconvert'
/** What plays with the base and good plugins alone: by name, the type and how GStreamer makes it. */
const PLAYED = {
  'opus.ogg': ['audio/ogg', `${SOUND} ! audioresample ! opusenc ! oggmux`],
  'vorbis.ogg': ['audio/ogg', `${SOUND} ! vorbisenc ! oggmux`],
  'mp3.mp3': ['audio/mpeg', `${SOUND} ! lamemp3enc`],
  'wav.wav': ['audio/wav', `${SOUND} ! wavenc`],
  'vp8.webm': ['video/webm', `${CLIP} ! vp8enc ! webmmux`],
  'vp9.webm': ['video/webm', `${CLIP} ! vp9enc ! webmmux`],
  'vp9-opus.webm': ['video/webm', `webmmux name=mux ${CLIP} ! vp9enc ! queue ! mux. ${SOUND} ! audioresample ! opusenc ! queue ! mux. mux.`],
}

let person

before(async () => {
  person = await Person.withNode('Alice')
  opened.push(person)
})

after(async () => {
  for (const thing of opened.reverse()) await thing.close()
})

async function openWindow(env = {}) {
  const args = ['--home', person.home, '--no-lan', '--listen', '/ip4/127.0.0.1/tcp/0']
  const window = await Window.open(join(built, 'stoa-window'), args, { LANG: 'C.UTF-8', LANGUAGE: 'en', ...env })
  opened.push(window)
  return window
}

/** Opens the scan dialog and asks for the camera. */
async function askForCamera(window) {
  await window.click('button', `^${word('products_scan')}$`)
  await window.click('button', `^${word('products_scan_camera')}$`)
}

test('the scan dialog says in words that there is no camera', async () => {
  const window = await openWindow()
  await askForCamera(window)
  await window.text(word('products_camera_none'))
  await window.find('button', `^${word('products_scan_choose')}$`)
  await window.close()
})

// A driven page is given every device by WebKit itself, so what the window refuses is not seen here.
test('the scan dialog shows what the camera sees, without sound, until it closes', async () => {
  const window = await openWindow({ STOA_MOCK_CAMERA: '1' })
  await askForCamera(window)
  await window.until(
    'a moving picture',
    `const video = document.querySelector('[role=dialog] video')
     return video && video.videoWidth > 0 && !video.paused && video.currentTime > 0 && Boolean((window.seen = video.srcObject))`,
  )
  assert.deepEqual(await window.script('return window.seen.getTracks().map((track) => track.kind)'), ['video'])
  assert.equal(await window.script('return typeof RTCPeerConnection'), 'undefined')
  await window.click('button', `^${word('shared_close')}$`)
  await window.until('the camera off', `return window.seen.getTracks().every((track) => track.readyState === 'ended')`)
  await window.close()
})

test('sound and clips from blob addresses play by a click', async (t) => {
  const window = await openWindow()
  await window.find('button', `^${word('products_scan')}$`)
  for (const [name, [type, made]] of Object.entries(PLAYED)) {
    await t.test(name, async () => {
      const path = join(person.folder, name)
      execFileSync('gst-launch-1.0', ['-q', ...made.split(' '), '!', 'filesink', `location=${path}`])
      await window.script(SET, readFileSync(path, 'base64'), type)
      // Until its size is known the video pushes the button about, and a click may miss it.
      await window.until(`the head of ${name}`, 'return window.player.error || window.player.readyState >= 1')
      await window.click('button', '^Play it$')
      const heard = await window.until(`the end of ${name}`, 'return window.player.error?.message ?? (window.player.ended && "ended")')
      assert.equal(heard, 'ended')
      const [seconds, width] = await window.script('return [window.player.currentTime, window.player.videoWidth]')
      assert.ok(seconds > 0.3, `${name} ended at ${seconds} s`)
      assert.equal(width ?? 0, type.startsWith('video') ? 160 : 0)
    })
  }
  await window.close()
})

/** A player of the bytes beside a button; nothing plays before the click. */
const SET = `
  const [base64, type] = arguments
  document.getElementById('tried')?.remove()
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
  const place = document.createElement('div')
  place.id = 'tried'
  place.className = 'tried'
  const player = document.createElement(type.startsWith('video') ? 'video' : 'audio')
  const button = document.createElement('button')
  button.textContent = 'Play it'
  button.onclick = () => void player.play()
  player.src = URL.createObjectURL(new Blob([bytes], { type }))
  place.append(button, player)
  document.body.prepend(place)
  window.player = player
  return player.paused`
