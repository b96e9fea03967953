// Drives one real window through WebKitWebDriver (https://www.w3.org/TR/webdriver2/), with fetch alone.

import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

import { Display } from './display.mjs'
import { end } from './person.mjs'

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
/** Ends a test that hangs. */
const PATIENCE_MS = 60_000

/** Runs in the page: the first shown element of a role whose accessible name fits a pattern. */
const FIND = `
  const [role, name] = arguments
  const roles = {
    button: 'button, [role=button], summary', link: 'a[href], [role=link]',
    textbox: 'input:not([type]), input[type=text], input[type=search], input[type=url], textarea, [role=textbox], [contenteditable=true]',
    img: 'img, [role=img]', dialog: 'dialog[open], [role=dialog]', heading: 'h1,h2,h3,h4,[role=heading]',
  }
  const label = (e) => {
    const by = e.getAttribute('aria-labelledby')
    if (by) return by.split(/\\s+/).map((id) => document.getElementById(id)?.textContent ?? '').join(' ')
    return e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.alt ?? (e.placeholder || e.textContent)
  }
  const wanted = new RegExp(name, 'i')
  const shown = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden'
  return [...document.querySelectorAll(roles[role] ?? '[role=' + role + ']')]
    .find((e) => shown(e) && !e.disabled && wanted.test((label(e) ?? '').replace(/\\s+/g, ' ').trim()))
`

export class Window {
  /** Opens the program under a driver and on a display of its own. Ending the session ends the program. */
  static async open(program, args, env = {}) {
    const window = new Window()
    window.display = await Display.open()
    const port = await freePort()
    window.base = `http://127.0.0.1:${port}`
    window.driver = spawn('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...window.display.environment, ...env, TAURI_WEBVIEW_AUTOMATION: 'true' },
    })
    await window.#driverIsUp()
    const { sessionId } = await window.#call('POST', '/session', {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary: program, args } } },
    })
    window.session = `/session/${sessionId}`
    await window.#call('POST', `${window.session}/timeouts`, { script: PATIENCE_MS })
    return window
  }

  async #driverIsUp() {
    for (let tries = 0; ; tries++) {
      try {
        return await this.#call('GET', '/status')
      } catch (error) {
        if (tries > 200) throw error
        await pause(50)
      }
    }
  }

  async #call(method, path, body) {
    const answer = await fetch(this.base + path, {
      method,
      body: body && JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(PATIENCE_MS + 30_000),
    })
    const { value } = await answer.json()
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`)
    return value
  }

  /** Runs a script in the page and gives what it returns. */
  script(code, ...args) {
    return this.#call('POST', `${this.session}/execute/sync`, { script: code, args })
  }

  /** Waits until the expression, looked at after every change of the page, is true; gives its value. */
  async until(what, expression, ...args) {
    const code = `
      const args = [...arguments], done = args.pop()
      const look = () => (function () { ${expression} }).apply(null, args)
      const tell = () => { const seen = look(); if (seen) { watching.disconnect(); clearInterval(again); done(seen) } return seen }
      const watching = new MutationObserver(tell)
      const again = setInterval(tell, 500)
      watching.observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
      tell()`
    try {
      return await this.#call('POST', `${this.session}/execute/async`, { script: code, args })
    } catch (error) {
      const page = await this.script('return document.body.innerText').catch(() => '')
      throw new Error(`the window never showed ${what}: ${error.message}\n${page}`)
    }
  }

  /** The first shown element of this role whose name fits the pattern, once there is one. */
  find(role, name) {
    return this.until(`${role} ${name}`, FIND, role, name)
  }

  async click(role, name) {
    await this.clickElement(await this.find(role, name))
  }

  clickElement(element) {
    return this.#call('POST', `${this.session}/element/${element[ELEMENT]}/click`, {})
  }

  async type(role, name, text) {
    const element = await this.find(role, name)
    await this.#call('POST', `${this.session}/element/${element[ELEMENT]}/value`, { text })
  }

  text(words) {
    return this.until(`“${words}”`, 'return document.body.innerText.includes(arguments[0])', words)
  }

  /** The display's picture: WebDriver's own hangs where nothing composites. */
  async screenshot(path) {
    await this.script('return document.fonts.ready.then(() => true)')
    await this.display.picture(path)
  }

  async close() {
    // What does not end by itself loses its display.
    if (this.session) await Promise.race([this.#call('DELETE', this.session).catch(() => {}), pause(5000)])
    await end(this.driver)
    await this.display.close()
  }
}

async function freePort() {
  const server = createServer()
  await new Promise((yes) => server.listen(0, '127.0.0.1', yes))
  const { port } = server.address()
  await new Promise((yes) => server.close(yes))
  return port
}
