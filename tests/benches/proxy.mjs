// A way to a server on loopback that counts the bytes of both directions, heads included, as the TCP connection carries them.

import { connect, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

const QUIET = 300

export class Proxy {
  static async open(port) {
    const proxy = new Proxy()
    proxy.bytes = 0
    proxy.sockets = new Set()
    proxy.server = createServer((near) => {
      const far = connect(port, '127.0.0.1')
      for (const [from, to] of [
        [near, far],
        [far, near],
      ]) {
        proxy.sockets.add(from)
        from.setNoDelay().on('data', (bytes) => {
          // Counted before they go on: an answer that came was counted.
          proxy.bytes += bytes.length
          to.write(bytes)
        })
        from.on('error', () => {}).on('close', () => {
          proxy.sockets.delete(from)
          to.destroy()
        })
      }
    })
    await new Promise((yes) => proxy.server.listen(0, '127.0.0.1', yes))
    proxy.url = `http://127.0.0.1:${proxy.server.address().port}`
    return proxy
  }

  /** Bytes that `work` causes, and what it causes behind itself: until nothing passes for a while. */
  async during(work) {
    const before = this.bytes
    await work()
    for (let seen = -1; seen !== this.bytes; ) {
      seen = this.bytes
      await pause(QUIET)
    }
    return this.bytes - before
  }

  close() {
    this.server.close()
    for (const socket of this.sockets) socket.destroy()
  }
}
