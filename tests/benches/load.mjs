// Load on an HTTP server on loopback: GET over connections that stay open, with the header that Stoa's own client sends.

import { connect } from 'node:net'

const CONNECTIONS = 64
const END = Buffer.from('\r\n\r\n')

/** One request at a time. */
export class Connection {
  static async open(port) {
    const connection = new Connection()
    connection.head = ` HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept-encoding: gzip\r\n\r\n`
    connection.socket = connect(port, '127.0.0.1').setNoDelay()
    await new Promise((yes, no) => connection.socket.once('connect', yes).once('error', no))
    connection.socket.on('data', (bytes) => connection.#hear(bytes))
    connection.socket.on('error', () => {}).on('close', () => connection.#answered(0))
    return connection
  }

  /** Calls `done` with the status when the whole answer is here; 0 when the connection broke. */
  get(path, done) {
    this.done = done
    this.heard = undefined
    this.socket.write(`GET ${path}${this.head}`)
  }

  #hear(bytes) {
    this.heard = this.heard ? Buffer.concat([this.heard, bytes]) : bytes
    const head = this.heard.indexOf(END)
    if (head < 0) return
    const text = this.heard.latin1Slice(0, head).toLowerCase()
    const length = /\r\ncontent-length: (\d+)/.exec(text)
    const whole = length ? this.heard.length >= head + END.length + Number(length[1]) : isWhole(this.heard, head + END.length)
    if (whole) this.#answered(Number(text.slice(9, 12)))
  }

  #answered(status) {
    const done = this.done
    this.done = undefined
    done?.(status)
  }

  close() {
    this.socket.destroy()
  }
}

/** Chunks until the empty one, from `at` on. RFC 9112, 7.1. */
function isWhole(bytes, at) {
  for (;;) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) return false
    const size = parseInt(bytes.latin1Slice(at, line), 16)
    at = line + 2 + size + 2
    if (bytes.length < at) return false
    if (size === 0) return true
  }
}

const open = (port, count) => Promise.all(Array.from({ length: count }, () => Connection.open(port)))

/**
 * A constant rate, however fast the answers are: a late one does not hold up the next. Latencies in milliseconds count from the moment a
 * request was due, so waiting for a free connection is part of them; `failed` answers were not 200.
 */
export async function openLoop(port, path, rate, seconds) {
  const connections = await open(port, CONNECTIONS)
  const idle = [...connections]
  const total = rate * seconds
  const latencies = new Float64Array(total)
  let [sent, answered, failed] = [0, 0, 0]
  const began = performance.now() + 10
  await new Promise((yes) => {
    const send = (due, connection) => {
      const number = sent++
      connection.get(path(), (status) => {
        latencies[number] = performance.now() - due
        if (status !== 200) failed++
        answered++
        if (status > 0) idle.push(connection)
      })
    }
    const turn = () => {
      for (let due; sent < total && idle.length > 0 && (due = began + (sent * 1000) / rate) <= performance.now(); ) send(due, idle.shift())
      if (answered === total || (idle.length === 0 && answered === sent)) yes()
      else setImmediate(turn)
    }
    turn()
  })
  for (const connection of connections) connection.close()
  if (answered < total) throw new Error('the server closed every connection')
  return { latencies, failed }
}

/** The next request as soon as an answer is here, over so many connections. */
export async function closedLoop(port, path, count, requests) {
  const connections = await open(port, count)
  const latencies = []
  let left = requests
  const began = performance.now()
  const runs = connections.map(
    (connection) =>
      new Promise((yes, no) => {
        const next = () => {
          if (left-- <= 0) return yes()
          const sent = performance.now()
          connection.get(path(), (status) => {
            latencies.push(performance.now() - sent)
            if (status === 200) next()
            else no(new Error(`status ${status}`))
          })
        }
        next()
      }),
  )
  await Promise.all(runs)
  const took = performance.now() - began
  for (const connection of connections) connection.close()
  return { latencies, rate: latencies.length / (took / 1000) }
}
