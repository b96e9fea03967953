// A display in memory for one window: without a window manager the window fills it.

import { execFile, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

import { end } from './person.mjs'

export class Display {
  static async open(width = 1180, height = 760) {
    const display = new Display()
    const args = ['-displayfd', '1', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-noreset']
    display.server = spawn('Xvfb', args, { stdio: ['ignore', 'pipe', 'ignore'] })
    const number = await new Promise((yes, no) => {
      createInterface({ input: display.server.stdout }).once('line', yes)
      display.server.once('error', no)
      display.server.once('exit', (code) => no(new Error(`Xvfb ended with ${code}`)))
    })
    display.name = `:${number}`
    return display
  }

  /** What a program needs to know to draw here; nobody listens to a screen reader or a session bus. */
  get environment() {
    return {
      DISPLAY: this.name,
      GDK_BACKEND: 'x11',
      NO_AT_BRIDGE: '1',
      GTK_A11Y: 'none',
      DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    }
  }

  /** Keeps a picture of what is drawn, once it stands still: a page is done before its pixels are there. */
  async picture(path) {
    mkdirSync(dirname(path), { recursive: true })
    let before = await this.#pixels()
    for (let tries = 0; tries < 20; tries++) {
      const now = await this.#pixels()
      if (now.equals(before)) break
      before = now
    }
    writeFileSync(path, before)
  }

  /** The display as PNG, by ImageMagick's import, which wants to hear of the display before anything else. */
  async #pixels() {
    await pause(300)
    const args = ['-display', this.name, '-silent', '-window', 'root', '-define', 'png:exclude-chunks=date,time', 'png:-']
    return (await promisify(execFile)('import', args, { encoding: 'buffer', maxBuffer: 1 << 26 })).stdout
  }

  close() {
    return end(this.server)
  }
}
