// A real node for measuring: started, asked over its control socket, watched, weighed.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export class Node {
  constructor(program, name) {
    this.program = program
    this.name = name
    this.folder = mkdtempSync(join(tmpdir(), 'stoa-bench-'))
    this.home = join(this.folder, 'home')
    this.listen = ['/ip4/127.0.0.1/tcp/0']
  }

  /** Milliseconds from the start of the process to its ready line. */
  async start() {
    const args = ['--home', this.home, '--json', 'node', 'run', '--no-lan']
    for (const address of this.listen) args.push('--listen', address)
    const began = performance.now()
    this.child = spawn(this.program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const line = await new Promise((yes, no) => {
      createInterface({ input: this.child.stdout }).once('line', yes)
      this.child.once('exit', (code) => no(new Error(`the node ended with ${code}`)))
    })
    const took = performance.now() - began
    this.listen = JSON.parse(line).addrs.map((address) => address.split('/p2p/')[0])
    this.asking = await Socket.open(this.home)
    this.watching = await Socket.open(this.home)
    await this.watching.watch()
    return took
  }

  ask(verb, args = {}) {
    return this.asking.ask(verb, args)
  }

  /** Looks at every change until `look` gives something; gives it. `first` is looked at before any change. */
  until(look, first = () => undefined) {
    return this.watching.until(look, first)
  }

  /** Proportional set size of the node and its children, in bytes. */
  pss() {
    return tree(this.child.pid).reduce((sum, pid) => {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
      return sum + Number(/^Pss:\s+(\d+) kB/m.exec(rollup)[1]) * 1024
    }, 0)
  }

  async stop() {
    const gone = new Promise((yes) => this.child.once('exit', yes))
    // It may be gone before its answer is out.
    await this.ask('node.stop').catch(() => {})
    await gone
  }

  async end() {
    if (this.child.exitCode === null) await this.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function tree(pid) {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
  return [pid, ...children.flatMap(tree)]
}

class Socket {
  static async open(home) {
    const socket = new Socket()
    socket.awaited = new Map()
    socket.listeners = new Set()
    socket.next = 1
    socket.stream = connect(join(home, 'control.sock'))
    await new Promise((yes, no) => socket.stream.once('connect', yes).once('error', no))
    createInterface({ input: socket.stream }).on('line', (line) => socket.#hear(JSON.parse(line)))
    socket.stream.on('close', () => {
      for (const { no } of socket.awaited.values()) no(new Error('the node is gone'))
    })
    return socket
  }

  #hear(reply) {
    if (reply.change) {
      for (const listener of this.listeners) listener(reply.change)
      return
    }
    const { yes, no } = this.awaited.get(reply.id)
    this.awaited.delete(reply.id)
    if (reply.error) no(new Error(`${reply.error.code}: ${reply.error.message}`))
    else yes(reply.ok)
  }

  #send(request) {
    const id = this.next++
    this.stream.write(JSON.stringify({ id, ...request }) + '\n')
    return new Promise((yes, no) => this.awaited.set(id, { yes, no }))
  }

  ask(verb, args) {
    return this.#send({ verb, args })
  }

  watch() {
    return this.#send({ watch: true })
  }

  async until(look, first) {
    let listener
    const told = new Promise((yes) => {
      listener = (change) => {
        const seen = look(change)
        if (seen) yes(seen)
      }
      this.listeners.add(listener)
    })
    try {
      return (await first()) || (await told)
    } finally {
      this.listeners.delete(listener)
    }
  }
}

/** Two nodes whose owners are contacts and connected. */
export async function pairOfNodes(program, other = program) {
  const [alice, bob] = [new Node(program, 'Alice'), new Node(other, 'Bob')]
  for (const node of [alice, bob]) {
    await node.start()
    await node.ask('me.set', { name: node.name })
  }
  const { link } = await alice.ask('contact.invite', { expires: null })
  await bob.ask('contact.accept', { link })
  for (const node of [alice, bob]) await connected(node)
  return [alice, bob]
}

/** Returns when the node's first contact is online. */
export async function connected(node) {
  await node.until(
    ({ change, of }) => change === 'contact' && of.presence.state === 'online',
    async () => (await node.ask('contact.list'))[0]?.presence.state === 'online',
  )
}
