// A real catalog for measuring: filled by command line, served on loopback.

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

export class Shop {
  /** `core`: the processor that the catalog and its imports are kept on; every one unless told. */
  constructor(program, core) {
    this.command = core === undefined ? [program] : ['taskset', '-c', String(core), program]
    this.folder = mkdtempSync(join(tmpdir(), 'stoa-bench-'))
    this.data = join(this.folder, 'data')
  }

  /** The answer of a verb of `stoa catalog`. */
  ask(...verb) {
    const [command, ...first] = this.command
    const options = { encoding: 'utf8', maxBuffer: 2 ** 26 }
    const answer = execFileSync(command, [...first, '--json', 'catalog', ...verb, '--data', this.data], options)
    return answer.trim().split('\n').map((line) => JSON.parse(line))
  }

  /** Imports the text of a feed; milliseconds, the process's start included. */
  import(feed, ...options) {
    const file = join(this.folder, 'feed.csv')
    writeFileSync(file, feed)
    const began = performance.now()
    const [{ added, changed, refused }] = this.ask('import', file, ...options)
    const took = performance.now() - began
    rmSync(file)
    if (refused > 0 || added + changed === 0) throw new Error(`${added} added, ${changed} changed, ${refused} refused`)
    return took
  }

  async serve(...options) {
    const [command, ...first] = this.command
    const args = [...first, '--json', 'catalog', 'serve', '--data', this.data, '--listen', '127.0.0.1:0', ...options]
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const line = await new Promise((yes, no) => {
      createInterface({ input: this.child.stdout }).once('line', yes)
      this.child.once('exit', (code) => no(new Error(`the catalog ended with ${code}`)))
    })
    this.url = JSON.parse(line).url
    this.port = Number(new URL(this.url).port)
  }

  /** Milliseconds that its processor has worked for it. */
  worked() {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1000
  }

  /** Bytes on disk. */
  size() {
    return readdirSync(this.data).reduce((sum, name) => sum + statSync(join(this.data, name)).size, 0)
  }

  async end() {
    if (this.child) {
      const gone = new Promise((yes) => this.child.once('exit', yes))
      this.child.kill()
      await gone
    }
    rmSync(this.folder, { recursive: true })
  }
}
