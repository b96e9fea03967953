// The browser face of real headless nodes in Chromium: every theme, language and state, with axe, each kept as a picture.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { launch, look as lookAt, openPage } from './chromium.mjs'
import { Person } from './person.mjs'
import { LINK, talked } from './scene.mjs'
import { wordsOf } from './words.mjs'

const WIDE = { width: 1280, height: 800 }
const NARROW = { width: 420, height: 820 }
const CODE = LINK.split('/').at(-1)

let browser, scene, nobody, newcomer

before(async () => {
  browser = await launch()
  scene = await talked()
  nobody = await Person.withNode('Nora')
  newcomer = await Person.withNode('')
})

after(async () => {
  await browser?.close()
  await Promise.all([scene, nobody, newcomer].map((open) => open?.close()))
})

const open = (person, options = {}) => openPage(browser, person, { viewport: WIDE, ...options })

/** Every picture that is in view is drawn. */
function picturesDrawn(page) {
  return page.waitForFunction(() => {
    const inView = (image) => {
      const box = image.getBoundingClientRect()
      return box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.left < innerWidth
    }
    return [...document.images].filter(inView).every((image) => image.complete && image.naturalWidth > 0)
  })
}

async function look(page, name) {
  await picturesDrawn(page)
  await lookAt(page, name)
}

const contact = (page, name) => page.getByRole('button', { name }).first()

/** Runs a command of the palette, once the window is there to hear its keys. */
async function command(page, label) {
  await contact(page, 'Alice').waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill(label)
  await page.keyboard.press('Enter')
}

/** Types a code as a scanner does, and waits for its card. */
async function scanned(page, word, code) {
  await page.getByRole('textbox', { name: word('products_scan_type') }).fill(code)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByRole('img', { name: /honey/i }).first().waitFor()
}

/** Each state: whose window, and how to get there. */
const STATES = {
  first: {
    whose: () => newcomer,
    go: (page, word) => page.getByRole('textbox', { name: word('onboarding_name') }).waitFor(),
  },
  empty: {
    whose: () => nobody,
    async go(page, word) {
      const find = page.getByRole('button', { name: word('contacts_find') }).last()
      await find.click()
      await page.getByRole('textbox', { name: word('contacts_invite_link') }).waitFor()
    },
  },
  full: {
    whose: () => scene.bob,
    async go(page, word) {
      await contact(page, 'Alice').click()
      await page.getByText('Tea at five?').first().waitFor()
      await page.getByRole('img', { name: /honey/i }).first().waitFor()
      await page.getByRole('button', { name: word('conversations_photos'), exact: true }).click()
      await page.getByRole('complementary', { name: word('shell_side', { name: 'Alice' }) }).waitFor()
      await page.getByText('Samos').last().waitFor()
    },
  },
  narrow: {
    whose: () => scene.alice,
    viewport: NARROW,
    async go(page, word) {
      await contact(page, '林小雨').click()
      await page.getByRole('textbox', { name: word('conversations_placeholder', { name: '林小雨' }) }).waitFor()
      await page.getByRole('img', { name: /honey/i }).first().waitFor()
    },
  },
  scanned: {
    whose: () => scene.bob,
    async go(page, word) {
      await contact(page, 'Alice').click()
      await page.getByRole('button', { name: word('products_scan') }).click()
      await scanned(page, word, CODE)
    },
  },
  found: {
    whose: () => scene.bob,
    async go(page, word) {
      await command(page, word('products_search'))
      await page.getByRole('searchbox', { name: word('products_search_words') }).fill('honey')
      await page.getByRole('dialog').getByRole('img', { name: /honey/i }).first().waitFor()
    },
  },
  catalogs: {
    whose: () => scene.bob,
    async go(page, word) {
      await command(page, word('products_catalogs'))
      await page.getByText(word('products_catalog_details')).first().click()
      await page.getByText(word('products_catalog_key'), { exact: true }).first().waitFor()
    },
  },
  rules: {
    whose: () => scene.bob,
    async go(page, word) {
      await command(page, word('products_rules'))
      await page.getByRole('heading', { name: word('products_rules_own') }).waitFor()
      await page.getByRole('button', { name: word('products_rule_add') }).click()
      await page.getByRole('textbox', { name: word('products_rule_host') }).waitFor()
    },
  },
  selling: {
    whose: () => scene.bob,
    async go(page, word) {
      await command(page, word('sellers_title'))
      await page.getByRole('textbox', { name: word('sellers_address') }).waitFor()
    },
  },
}

for (const [state, { whose, go, viewport }] of Object.entries(STATES)) {
  for (const theme of ['light', 'dark']) {
    for (const locale of ['en', 'zh-Hans']) {
      test(`${state}, ${theme}, ${locale}: drawn, and nothing serious for axe`, async () => {
        const window = await open(whose(), { theme, locale, viewport })
        await go(window.page, wordsOf(locale))
        assert.equal(await window.page.locator('html').getAttribute('lang'), locale)
        assert.equal(await window.page.locator('html').getAttribute('data-theme'), theme)
        await look(window.page, `${state}-${theme}-${locale}`)
        await window.close()
      })
    }
  }
}

test('a message typed in one browser is read in the other, by keyboard alone', async () => {
  const word = wordsOf('en')
  const [left, right] = [await open(scene.alice), await open(scene.bob)]
  await left.page.keyboard.press('Control+k')
  await left.page.keyboard.type('林小雨')
  await left.page.keyboard.press('Enter')
  const field = left.page.getByRole('textbox', { name: word('conversations_placeholder', { name: '林小雨' }) })
  await field.focus()
  await left.page.keyboard.type('by keyboard alone')
  await left.page.keyboard.press('Enter')
  await contact(right.page, 'Alice').click()
  await right.page.getByText('by keyboard alone').first().waitFor()
  await left.page.getByText(word('conversations_mark_read')).or(left.page.getByLabel(word('conversations_mark_read'))).last().waitFor()
  for (const window of [left, right]) await window.close()
})

test('a share is fetched by a click and its progress ends at all', async () => {
  const word = wordsOf('en')
  const window = await open(scene.bob)
  await contact(window.page, 'Alice').click()
  await window.page.getByRole('button', { name: word('photos_get_all') }).first().click()
  await window.page.getByText(word('photos_all_here')).first().waitFor()
  const share = (await scene.bob.list('share', 'list')).find((s) => s.id === scene.share)
  assert.equal(share.here, share.count)
  await look(window.page, 'fetched-light-en')
  await window.close()
})

test('a typed code becomes a card, and its link is sent to whom is open', async () => {
  const word = wordsOf('en')
  const window = await open(scene.alice)
  await contact(window.page, '林小雨').click()
  await window.page.getByRole('button', { name: word('products_scan') }).click()
  await scanned(window.page, word, CODE)
  await window.page.getByRole('button', { name: word('products_send_to', { name: '林小雨' }) }).click()
  await window.page.getByText(word('products_sent', { name: '林小雨' })).waitFor()
  await scene.bob.until('the link', async () => (await scene.bob.list('chat', 'read', 'Alice')).some((message) => message.body.text === LINK))
  await window.page.getByRole('dialog').getByRole('img', { name: /honey/i }).first().hover()
  await window.page.getByRole('button', { name: word('products_enlarge') }).last().click()
  await window.page.getByText(word('products_as_of_label'), { exact: true }).waitFor()
  await window.page.keyboard.press('Escape')
  await window.close()
})

test('the address works once, and nothing answers without it', async () => {
  const { url } = await scene.alice.stoa('node', 'web')
  const [first, second] = [await browser.newContext(), await browser.newContext()]
  const page = await first.newPage()
  await page.goto(url)
  await page.getByRole('searchbox').waitFor()
  const cookies = await first.cookies()
  assert.ok(cookies.length > 0 && cookies.every((cookie) => cookie.httpOnly && cookie.sameSite === 'Strict'), JSON.stringify(cookies))
  const again = await second.request.get(url, { maxRedirects: 0 })
  assert.ok([401, 403].includes(again.status()), `a used address answered ${again.status()}`)
  const bare = await second.request.post(new URL('/api/invoke', url).href, { data: { verb: 'me.show', args: {} } })
  assert.ok([401, 403].includes(bare.status()), `no cookie was answered ${bare.status()}`)
  const foreign = await first.request.post(new URL('/api/invoke', url).href, {
    data: { verb: 'me.show', args: {} },
    headers: { origin: 'https://evil.example' },
  })
  assert.equal(foreign.status(), 403)
  await Promise.all([first.close(), second.close()])
})
