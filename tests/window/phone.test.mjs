// A phone's browser at the door of a real node: from the code in the owner's window to the picture that a contact sees.
// On a LAN of its own, in a network namespace: to a browser an address there is what it is to a phone, no secure context.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { evening } from '../png.mjs'
import { launch, look, openPage } from './chromium.mjs'
import { pair, Person } from './person.mjs'
import { wordsOf } from './words.mjs'

const ADDRESS = '10.99.0.1'
// Without IPv6 addresses, which come a second later: Chromium aborts what is under way when the network changes.
const LAN = [
  'ip link set lo up',
  'ip link add lan0 type veth peer name lan1',
  'ip link set lan0 addrgenmode none',
  'ip link set lan1 addrgenmode none',
  `ip addr add ${ADDRESS}/24 dev lan0`,
  'ip link set lan1 up',
  'ip link set lan0 up',
  'exec "$0" "$@"',
].join(' && ')
const SMALL = { width: 360, height: 640 }
const LARGE = { width: 390, height: 844 }

const inside = process.env.STOA_TEST_LAN === ADDRESS
const mayEnter = !inside && spawnSync('unshare', ['-n', 'true']).status === 0

if (mayEnter) {
  test('on a LAN of its own', { timeout: 600_000 }, async () => {
    const env = { ...process.env, STOA_TEST_LAN: ADDRESS }
    delete env.NODE_TEST_CONTEXT
    const child = spawn('unshare', ['-n', 'sh', '-c', LAN, process.execPath, '--test', '--test-reporter=spec', import.meta.filename], {
      stdio: 'inherit',
      env,
    })
    const code = await new Promise((ended) => child.once('exit', ended))
    assert.equal(code, 0)
  })
} else {
  journeys()
}

function journeys() {
  let browser, alice, bob, photo

  before(async () => {
    if (!inside) console.error('no network namespace without root: the phone comes over loopback, as no phone does')
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

  const at = inside ? [] : ['--at', '127.0.0.1']
  const code = async () => (await alice.stoa('phone', 'open', ...at)).url

  /** A phone that scanned a code. */
  async function phoneWith(url, { locale = 'en', theme = 'light', viewport = LARGE } = {}) {
    const context = await browser.newContext({
      viewport,
      locale: locale === 'en' ? 'en-GB' : 'zh-CN',
      colorScheme: theme,
      hasTouch: true,
      isMobile: true,
      reducedMotion: 'reduce',
      acceptDownloads: true,
      timezoneId: 'Europe/Athens',
    })
    const page = await context.newPage()
    page.setDefaultTimeout(30_000)
    const errors = []
    page.on('pageerror', (error) => errors.push(String(error)))
    page.on('console', (message) => {
      // A door that closed is an address where nobody answers; what this test puts into the page has no address.
      const own = message.location().url !== '' && !/WebSocket|ERR_/.test(message.text())
      if (message.type() === 'error' && own) errors.push(message.text())
    })
    await page.goto(url)
    return {
      page,
      async close() {
        await context.close()
        assert.deepEqual(errors, [])
      },
    }
  }

  const editor = (page, word) => page.getByRole('dialog', { name: word('personas_title') })
  const tile = (page, item) => page.locator(`.tile[data-item="stoa/${item}"]`).first()

  /** Every drawing is there. */
  const drawn = (page) => page.waitForFunction(() => [...document.querySelectorAll('.tile img')].every((image) => image.naturalWidth > 0))

  async function fits(page, viewport) {
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width, 'nothing is wider than the phone')
  }

  /** The picture in the middle is drawn: it is not of one colour. */
  const painted = (page) =>
    page.waitForFunction(() =>
      [...document.querySelectorAll('canvas')].some((canvas) => {
        const pixels = canvas.width > 0 && canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data
        return pixels && new Set(Array.from({ length: 64 }, (_, at) => pixels[at * 4 * 97])).size > 4
      }),
    )

  /** A number for what the picture in the middle shows; or whether it is another than `before`. */
  const pixelsHere = (before) => {
    const canvas = document.querySelector('[data-picture] canvas')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    const sum = data.reduce((sum, value, at) => (at % 7 ? sum : (sum * 31 + value) % 1_000_003), 0)
    return before === undefined ? sum : sum !== before
  }
  const pixels = (page) => page.evaluate(pixelsHere)
  const changed = (page, from) => page.waitForFunction(pixelsHere, from)

  test('a code in the settings lets a phone in, which makes the picture that a contact sees', async () => {
    const word = wordsOf('en')
    const window = await openPage(browser, alice, { viewport: { width: 1280, height: 800 } })
    const { page: settings } = window
    await settings.getByRole('searchbox').waitFor()
    await settings.keyboard.press('Control+k')
    await settings.getByRole('combobox').fill(word('me_phone'))
    await settings.keyboard.press('Enter')
    if (!inside) await code()
    await settings.getByRole('button', { name: inside ? word('phone_show') : word('phone_another') }).click()
    const shown = settings.getByRole('img', { name: word('phone_qr') })
    await shown.waitFor()
    await look(settings, 'phone-settings-light-en')
    await shown.screenshot({ path: join(alice.folder, 'code.png') })
    const url = (await alice.list('card', 'codes', join(alice.folder, 'code.png')))[0].text
    assert.match(url, inside ? /^http:\/\/10\.99\.0\.1:\d+\/phone#[\w-]{55}$/ : /^http:\/\/127\.0\.0\.1:\d+\/phone#[\w-]{55}$/)

    const phone = await phoneWith(url, { viewport: SMALL })
    const { page } = phone
    assert.equal(await page.evaluate(() => isSecureContext), !inside)
    await editor(page, word).waitFor()
    assert.equal(page.url(), url.split('#')[0], 'the key does not stay in the address')
    await settings.getByText(word('phone_connected'), { exact: true }).waitFor()
    await look(settings, 'phone-settings-connected-light-en')

    await painted(page)
    const figure = await pixels(page)
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: word('personas_choose') }).tap()])
    await chooser.setFiles(photo)
    await page.getByRole('button', { name: word('personas_cut_done') }).tap()
    await page.getByRole('button', { name: word('personas_cut_again') }).waitFor()
    await tile(page, 'crown').waitFor()
    await drawn(page)
    await changed(page, figure)
    const bare = await pixels(page)
    await tile(page, 'crown').tap()
    await page.locator('.box').waitFor()
    await changed(page, bare)
    await fits(page, SMALL)
    await look(page, 'phone-editor-light-en')

    // As a phone does while its camera is open: nothing that was made is lost.
    await page.reload()
    await editor(page, word).waitFor()
    await page.locator('.tile[data-item="stoa/crown"][aria-pressed="true"]').first().waitFor()
    await page.getByRole('button', { name: word('personas_publish') }).tap()
    await page.getByText(word('phone_out')).waitFor()
    await painted(page)
    await fits(page, SMALL)
    await look(page, 'phone-out-light-en')
    await bob.until('her picture', async () => (await bob.list('contact', 'list'))[0].persona !== null)
    const { recipe } = await alice.stoa('persona', 'show')
    assert.notEqual(recipe.photo, null)
    assert.deepEqual(recipe.worn.map(({ item }) => item), ['stoa/crown'])

    const second = await phoneWith(url)
    await second.page.getByText(word('phone_ended_title')).waitFor()
    await fits(second.page, LARGE)
    await look(second.page, 'phone-ended-light-en')
    await second.close()

    await settings.getByRole('button', { name: word('phone_close') }).click()
    await page.getByText(word('phone_ended_title')).waitFor()
    await settings.getByRole('button', { name: word('phone_show') }).waitFor()
    await phone.close()
    await window.close()
  })

  test('a phone in Chinese and in the dark; what changes on the computer is seen on it', async () => {
    const word = wordsOf('zh-Hans')
    const phone = await phoneWith(await code(), { locale: 'zh-Hans', theme: 'dark' })
    const { page } = phone
    await editor(page, word).waitFor()
    await tile(page, 'crown').waitFor()
    await drawn(page)
    await painted(page)
    await fits(page, LARGE)
    await look(page, 'phone-editor-dark-zh-Hans')
    await page.getByRole('button', { name: word('shared_close') }).tap()
    await page.getByRole('button', { name: word('phone_change') }).waitFor()
    await painted(page)
    await look(page, 'phone-home-dark-zh-Hans')
    await alice.stoa('persona', 'clear')
    await page.getByText(word('phone_none_yet')).waitFor()
    await page.getByRole('button', { name: word('phone_make') }).waitFor()
    await look(page, 'phone-none-dark-zh-Hans')
    await alice.stoa('phone', 'close')
    await page.getByText(word('phone_ended_title')).waitFor()
    await look(page, 'phone-ended-dark-zh-Hans')
    await phone.close()
  })

  test('a phone that lost the computer comes back by itself, and goes on where it was', async () => {
    const word = wordsOf('en')
    const phone = await phoneWith(await code())
    const { page } = phone
    const sockets = []
    page.on('websocket', (socket) => sockets.push(socket))
    await editor(page, word).waitFor()
    await tile(page, 'crown').tap()
    await page.locator('.box').waitFor()
    // A computer that fell asleep says nothing of it; a phone that is unlocked asks, and gives its connection up after seconds.
    alice.node.child.kill('SIGSTOP')
    await page.evaluate(() => dispatchEvent(new Event('online')))
    const bar = page.getByText(word('shell_reconnecting'))
    await bar.waitFor()
    await look(page, 'phone-reconnecting-light-en')
    alice.node.child.kill('SIGCONT')
    await bar.waitFor({ state: 'detached' })
    assert.ok(sockets.length > 0)
    await page.getByRole('button', { name: word('personas_publish') }).tap()
    await page.getByText(word('phone_out')).waitFor()
    assert.deepEqual((await alice.stoa('persona', 'show')).recipe.worn.map(({ item }) => item), ['stoa/crown'])
    assert.equal((await alice.stoa('phone', 'show')).open.link, 'used')
    await phone.close()
  })
}
