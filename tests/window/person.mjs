// One person for the window tests: a home, the real node on it, and the command line against it.

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

export const repository = resolve(import.meta.dirname, '../..')
export const built = join(repository, 'target/debug')
const run = promisify(execFile)

/** Starts a program and waits for its first line, which is JSON. */
export async function startWithReadyLine(program, args, env = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  let log = ''
  child.stderr.on('data', (words) => (log = (log + words).slice(-8000)))
  const lines = createInterface({ input: child.stdout })
  const ready = await new Promise((yes, no) => {
    lines.once('line', yes)
    child.once('exit', (code) => no(new Error(`${program} ${args.join(' ')} ended with ${code}: ${log}`)))
    child.once('error', no)
  })
  lines.resume()
  return { child, ready: JSON.parse(ready), log: () => log }
}

export async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((yes) => child.once('exit', yes))
  child.kill('SIGKILL')
  await gone
}

export class Person {
  constructor(name) {
    this.name = name
    this.folder = mkdtempSync(join(tmpdir(), 'stoa-window-'))
    this.home = join(this.folder, 'home')
  }

  static async withNode(name) {
    const person = new Person(name)
    await person.startNode()
    if (name) await person.stoa('me', 'set', '--name', name)
    return person
  }

  async startNode() {
    const args = ['--home', this.home, '--json', 'node', 'run', '--no-lan', '--web', '127.0.0.1:0']
    args.push('--listen', '/ip4/127.0.0.1/tcp/0')
    this.node = await startWithReadyLine(join(built, 'stoa'), args)
  }

  /** Runs a verb; the first JSON value it printed. */
  async stoa(...args) {
    return (await this.list(...args))[0]
  }

  /** Runs a verb; every JSON value it printed. */
  async list(...args) {
    const { stdout } = await run(join(built, 'stoa'), ['--home', this.home, '--json', ...args], { maxBuffer: 1 << 26 })
    return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line))
  }

  /** Looks at once and after every change, until `look` gives something. */
  async until(what, look, patience = 90_000) {
    const watch = spawn(join(built, 'stoa'), ['--home', this.home, '--json', 'watch'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const began = Date.now()
    try {
      for (;;) {
        const seen = await look()
        if (seen) return seen
        assert.ok(Date.now() - began < patience, `${this.name} never saw ${what}\n${this.node?.log() ?? ''}`)
        // A change told before the watch stood is noticed after this.
        await Promise.race([
          new Promise((yes) => watch.stdout.once('data', yes)),
          new Promise((yes) => setTimeout(yes, 1000)),
        ])
      }
    } finally {
      await end(watch)
    }
  }

  async close() {
    if (this.node) await end(this.node.child)
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export async function pair(host, guest) {
  const { link } = await host.stoa('contact', 'invite')
  await guest.stoa('contact', 'accept', link)
  for (const [reader, read] of [
    [host, guest],
    [guest, host],
  ]) {
    await reader.until(`${read.name} online`, async () =>
      (await reader.list('contact', 'list')).some((c) => c.name === read.name && c.presence.state === 'online'),
    )
  }
}
