// The figures of docs/benchmarks.md, taken on real nodes: figures.mjs PROGRAM OUT [TRANSFER.json [CIPHER.jsonl [CARDS.json]]]

import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, copyFileSync, fsyncSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { arch, cpus, release, tmpdir, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

import * as png from '../png.mjs'
import { Node, pairOfNodes } from './node.mjs'

const [program, out, transfer, cipher, drawn] = process.argv.slice(2)
const MB = 1e6

function median(values) {
  return percentile(values, 0.5)
}

function percentile(values, part) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
}

const ms = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
const rate = (bytes, took) => `${Math.round(bytes / MB / (took / 1000))} MB/s`

/** Rows of the table: what, figure, peer, ratio. */
const rows = []
function row(what, figure, peer = '', ratio = '') {
  rows.push([what, figure, peer, ratio])
  console.log([what, figure, peer, ratio].filter(Boolean).join(' | '))
}

async function starts() {
  const node = new Node(program, 'Alice')
  const first = await node.start()
  const later = []
  for (let i = 0; i < 10; i++) {
    await node.stop()
    later.push(await node.start())
  }
  row('node, first start on a new home, process to ready', ms(first))
  row('node, cold start on an existing home, median of 10', ms(median(later)))
  await pause(10_000)
  row('node, idle memory (PSS), no connection', `${(node.pss() / MB).toFixed(1)} MB`)
  await node.end()
}

async function messages() {
  // A copy, or the two would share the program's pages and each look lighter than it is.
  const folder = mkdtempSync(join(tmpdir(), 'stoa-bench-'))
  copyFileSync(program, join(folder, 'stoa'))
  const [alice, bob] = await pairOfNodes(program, join(folder, 'stoa'))
  const contact = (await alice.ask('contact.list'))[0].person
  const delivered = async (text) => {
    const marks = new Set()
    let id
    const seen = alice.until(({ change, of }) => {
      if (change === 'message' && of.mark !== 'waiting') marks.add(of.id)
      return id && marks.has(id)
    })
    id = (await alice.ask('chat.send', { to: contact, text, reply: null })).id
    // The mark may have come before the id.
    if (!marks.has(id)) await seen
  }
  for (let i = 0; i < 20; i++) await delivered(`warm ${i}`)
  const took = []
  for (let i = 0; i < 300; i++) {
    const began = performance.now()
    await delivered(`message ${i}`)
    took.push(performance.now() - began)
  }
  const bare = await durableEcho()
  row(
    'message, sent to durably acknowledged, median (95th of 100)',
    `${ms(median(took))} (${ms(percentile(took, 0.95))})`,
    `two fsyncs and a loopback echo: ${ms(bare)}`,
    (median(took) / bare).toFixed(1),
  )
  await pause(10_000)
  row('node, idle memory (PSS), one contact connected', `${(alice.pss() / MB).toFixed(1)} MB`)
  for (const node of [alice, bob]) await node.end()
  rmSync(folder, { recursive: true })
}

/** The least a durable message can cost here: an fsync on each side and one round over loopback. */
async function durableEcho() {
  const folder = mkdtempSync(join(tmpdir(), 'stoa-bench-'))
  const [mine, theirs] = ['a', 'b'].map((name) => openSync(join(folder, name), 'w'))
  const durable = (file, bytes) => {
    writeSync(file, bytes)
    fsyncSync(file)
  }
  const server = createServer((socket) => socket.setNoDelay().on('data', (b) => (durable(theirs, b), socket.write(b))))
  await new Promise((yes) => server.listen(0, '127.0.0.1', yes))
  const socket = connect(server.address().port, '127.0.0.1').setNoDelay()
  const took = []
  for (let i = 0; i < 200; i++) {
    const began = performance.now()
    const message = randomBytes(300)
    durable(mine, message)
    socket.write(message)
    await new Promise((yes) => socket.once('data', yes))
    took.push(performance.now() - began)
  }
  socket.destroy()
  server.close()
  for (const file of [mine, theirs]) closeSync(file)
  rmSync(folder, { recursive: true })
  return median(took)
}

/** A PNG of noise: nothing to compress, every one different. */
function noise(width, height) {
  const rows = randomBytes((width * 3 + 1) * height)
  for (let y = 0; y < height; y++) rows[y * (width * 3 + 1)] = 0
  return png.file(width, height, rows, 0)
}

async function shares() {
  const folder = mkdtempSync(join(tmpdir(), 'stoa-bench-'))
  const pictures = join(folder, 'pictures')
  mkdirSync(pictures)
  let bytes = 0
  for (let i = 0; i < 1000; i++) {
    const picture = noise(320, 312)
    bytes += picture.length
    writeFileSync(join(pictures, `${String(i).padStart(4, '0')}.png`), picture)
  }
  const [alice, bob] = await pairOfNodes(program)
  const contact = (await alice.ask('contact.list'))[0].person
  let began = performance.now()
  const { share } = await alice.ask('share.add', { paths: [pictures], with: [contact], name: null, expires: null })
  const shown = (node, fits) =>
    node.until(
      ({ change, of }) => change === 'share' && of.id === share && fits(of),
      async () => (await node.ask('share.list', { with: null })).some((s) => s.id === share && fits(s)),
    )
  await shown(bob, (s) => s.state === 'open')
  const offered = performance.now() - began
  began = performance.now()
  await bob.ask('share.fetch', { share, only: [] })
  await shown(bob, (s) => s.here === s.count)
  const fetched = performance.now() - began
  row('share of 1,000 pictures of 300 KB, added to offered (thumbnails made)', `${(offered / 1000).toFixed(1)} s`)
  for (const node of [alice, bob]) await node.end()
  for (const [how, extra] of [
    ['rsync daemon', []],
    ['rsync daemon --fsync', ['--fsync']],
  ]) {
    const took = await rsync(folder, extra)
    row(
      'the same, picked to fetched, verified, durable and shown',
      `${(fetched / 1000).toFixed(1)} s, ${rate(bytes, fetched)}`,
      `${how}: ${(took / 1000).toFixed(2)} s, ${rate(bytes, took)}`,
      (fetched / took).toFixed(1),
    )
  }
  rmSync(folder, { recursive: true })
}

/** Milliseconds that an rsync daemon on loopback takes for the folder's pictures. */
async function rsync(folder, extra) {
  const port = await freePort()
  const config = join(folder, 'rsyncd.conf')
  writeFileSync(config, `port = ${port}\naddress = 127.0.0.1\nuse chroot = no\n[pictures]\npath = ${join(folder, 'pictures')}\n`)
  const daemon = spawn('rsync', ['--daemon', '--no-detach', `--config=${config}`], { stdio: 'inherit' })
  const into = join(folder, 'copied')
  const from = `rsync://127.0.0.1:${port}/pictures/`
  for (let tries = 0; ; tries++) {
    try {
      execFileSync('rsync', [from], { stdio: 'ignore' })
      break
    } catch (error) {
      if (tries === 100) throw error
      await pause(50)
    }
  }
  const began = performance.now()
  execFileSync('rsync', ['-a', '--whole-file', ...extra, from, into])
  const took = performance.now() - began
  daemon.kill()
  rmSync(into, { recursive: true })
  return took
}

async function freePort() {
  const server = createServer()
  await new Promise((yes) => server.listen(0, '127.0.0.1', yes))
  const { port } = server.address()
  await new Promise((yes) => server.close(yes))
  return port
}

/** Products of the sample shop. */
const SAMPLE = ['honey-500', 'olive-oil-750', 'bowl-sea', 'qinghua-wan', 'tufengmi', 'longjing-100', 'soap-lavender', 'voucher-25']

async function cards() {
  const folder = mkdtempSync(join(tmpdir(), 'stoa-bench-'))
  const catalog = spawn(program, ['--json', 'catalog', 'serve', '--data', folder, '--listen', '127.0.0.1:0', '--sample'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const line = await new Promise((yes) => createInterface({ input: catalog.stdout }).once('line', yes))
  const { url } = JSON.parse(line)
  const links = SAMPLE.map((code) => `https://shop.example/p/${code}`)
  const node = new Node(program, 'Alice')
  await node.start()
  await node.ask('catalog.trust', { url })
  const draw = async (link) => {
    const began = performance.now()
    const card = await node.ask('card.show', { link, theme: 'light', locale: 'en', scale: 1 })
    await node.ask('media.get', { id: card.picture })
    return performance.now() - began
  }
  const cold = []
  const cached = []
  for (const link of links) cold.push(await draw(link))
  for (const link of links) cached.push(await draw(link))
  row(`product card, cold: asked, checked, drawn; first, then median of ${links.length}`, `${ms(cold[0])}, ${ms(median(cold))}`)
  row('product card, cached, median', ms(median(cached)), 'the same card cold', (median(cached) / median(cold)).toFixed(3))
  await node.end()
  catalog.kill()
  rmSync(folder, { recursive: true })
}

/** What cards.mjs measured: drawing alone, beside others that draw the same card. */
function drawings() {
  const measured = JSON.parse(readFileSync(drawn, 'utf8'))
  for (const [name, format] of [
    ['png', 'PNG packed for speed'],
    ['webp', 'lossy WebP of quality 90'],
  ]) {
    for (const scale of ['1x', '2x']) {
      const { stoa, drawing, chromium, satori } = measured[`${scale} ${name}`]
      row(
        `product card of 480 x 200, photo decoded, drawn and packed: ${scale}, ${format}`,
        `${ms(stoa)}, ${ms(drawing)} of it drawing`,
        `warm Chromium, screenshot: ${ms(chromium)}`,
        (stoa / chromium).toFixed(2),
      )
      row('', '', `satori + resvg-js, packed alike: ${ms(satori)}`, (stoa / satori).toFixed(2))
    }
  }
  row('first card of a process, fonts included', ms(measured.first))
  row('renderer, largest resident size with fonts for Han, five layouts at 1x and 2x', `${(measured.memory / MB).toFixed(1)} MB`)
}

/** What the transfer bench measured between bare nodes, beside iroh then and rsync now. */
async function transfers() {
  const measured = JSON.parse(readFileSync(transfer, 'utf8'))
  for (const [key, what, count, size] of [
    ['one', '1 GiB, one blob', 1, 2 ** 30],
    ['many', '1,000 blobs of 300 KB', 1000, 300_000],
  ]) {
    const { bytes, tcp, quic, iroh } = measured[key]
    const folder = mkdtempSync(join(tmpdir(), 'stoa-bench-'))
    mkdirSync(join(folder, 'pictures'))
    for (let i = 0; i < count; i++) writeNoise(join(folder, 'pictures', String(i)), size)
    const copied = await rsync(folder, [])
    for (const [over, took] of [
      ['TCP', tcp],
      ['QUIC', quic],
    ]) {
      row(`${what}, between two nodes over ${over}`, rate(bytes, took), `bare iroh endpoint: ${rate(bytes, iroh)}`, (took / iroh).toFixed(2))
      row('', '', `rsync daemon, nothing encrypted: ${rate(bytes, copied)}`, (took / copied).toFixed(1))
    }
    rmSync(folder, { recursive: true })
  }
}

function writeNoise(path, size) {
  const file = openSync(path, 'w')
  for (let left = size; left > 0; left -= 2 ** 24) writeSync(file, randomBytes(Math.min(left, 2 ** 24)))
  closeSync(file)
}

/** What encryption at rest costs: one JSON line per figure. */
function ciphers() {
  for (const line of readFileSync(cipher, 'utf8').split('\n').filter(Boolean)) {
    const { name, value, peer, peer_value, ratio } = JSON.parse(line)
    row(`encrypted ${name}`, ms(value), `${peer}: ${ms(peer_value)}`, ratio.toFixed(2))
  }
}

function machine() {
  const tool = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' }).trim()
  const disk = tool('df', '--output=fstype', tmpdir()).split('\n').pop()
  return [
    `${cpus()[0].model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${arch()}`,
    `${type()} ${release()}, ${disk}`,
    `${tool('rustc', '--version')}; ${tool('rsync', '--version').split('\n')[0]}`,
    `stoa ${tool('git', 'rev-parse', '--short', 'HEAD')}, release build`,
  ]
}

function write() {
  const cell = (text) => String(text).replaceAll('|', '\\|')
  const table = rows.map((cells) => `| ${cells.map(cell).join(' | ')} |`)
  writeFileSync(
    out,
    `# Figures

Written by \`make bench\` on ${new Date().toISOString().slice(0, 10)}. Two nodes on loopback, everything on one disk. A ratio is
Stoa's time or size over that of the peer measured in the same run; below 1 Stoa is better. Rows of transfers are one run
each: on two shared cores they vary by up to a factor of two from run to run.

| what | Stoa | beside it | ratio |
|---|---|---|---|
${table.join('\n')}

The machine:

${machine()
  .map((line) => `- ${line}`)
  .join('\n')}
`,
  )
}

await starts()
await messages()
await cards()
await shares()
if (transfer) await transfers()
if (cipher) ciphers()
if (drawn) drawings()
write()
