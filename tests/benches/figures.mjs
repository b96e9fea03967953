// The figures of docs/benchmarks.md: those of real nodes are taken here, those of other benches read from files that they wrote.
// figures.mjs PROGRAM OUT [--transfer JSON] [--cipher JSONL] [--drawings JSON] [--catalog JSON] [--persona JSONL] [--state JSON] [--only PART,PART,…]
// With --only the other rows of OUT stay. Parts: starts, messages, cards, previews, shares, and the options that name a file.

import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, copyFileSync, fsyncSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { arch, cpus, release, tmpdir, totalmem, type } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import * as png from '../png.mjs'
import { Node, pairOfNodes } from './node.mjs'
import { plot } from './plot.mjs'
import { Proxy } from './proxy.mjs'
import { Shop } from './shop.mjs'
import { median, ms, percentile } from './stats.mjs'
import { Table } from './table.mjs'

const string = { type: 'string' }
const { values: told, positionals } = parseArgs({
  allowPositionals: true,
  options: { transfer: string, cipher: string, drawings: string, catalog: string, persona: string, state: string, only: string },
})
const [program, out] = positionals
const MB = 1e6

const rate = (bytes, took) => `${Math.round(bytes / MB / (took / 1000))} MB/s`
const seconds = (took) => `${(took / 1000).toFixed(1)} s`
const whole = (number) => Math.round(number).toLocaleString('en')

const tool = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' }).trim()
const today = new Date().toISOString().slice(0, 10)
const table = new Table(`${today}, ${tool('git', 'describe', '--always', '--dirty', '--exclude', '*')}`)

async function starts() {
  const node = new Node(program, 'Alice')
  const first = await node.start()
  const later = []
  for (let i = 0; i < 10; i++) {
    await node.stop()
    later.push(await node.start())
  }
  table.add('node, first start on a new home, process to ready', ms(first))
  table.add('node, cold start on an existing home, median of 10', ms(median(later)))
  await pause(10_000)
  table.add('node, idle memory (PSS), no connection', `${(node.pss() / MB).toFixed(1)} MB`)
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
  table.add(
    'message, sent to durably acknowledged, median (95th of 100)',
    `${ms(median(took))} (${ms(percentile(took, 0.95))})`,
    { peer: `two fsyncs and a loopback echo: ${ms(bare)}`, ratio: (median(took) / bare).toFixed(1) },
  )
  await pause(10_000)
  table.add('node, idle memory (PSS), one contact connected', `${(alice.pss() / MB).toFixed(1)} MB`)
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
  table.add('share of 1,000 pictures of 300 KB, added to offered (thumbnails made)', seconds(offered))
  for (const node of [alice, bob]) await node.end()
  for (const [how, extra] of [
    ['rsync daemon', []],
    ['rsync daemon --fsync', ['--fsync']],
  ]) {
    const took = await rsync(folder, extra)
    table.add(
      'the same, picked to fetched, verified, durable and shown',
      `${seconds(fetched)}, ${rate(bytes, fetched)}`,
      { peer: `${how}: ${(took / 1000).toFixed(2)} s, ${rate(bytes, took)}`, ratio: (fetched / took).toFixed(1) },
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

/** Cards of a real node and a real catalog: cold, cached, and confirmed over the network. */
async function cards() {
  const shop = new Shop(program)
  await shop.serve('--sample')
  const proxy = await Proxy.open(shop.port)
  const links = SAMPLE.map((code) => `https://shop.example/p/${code}`)
  const node = new Node(program, 'Alice')
  await node.start()
  await node.ask('catalog.trust', { url: proxy.url })
  const show = (link) => node.ask('card.show', { link, theme: 'light', locale: 'en', scale: 1 })
  const draw = async (link) => {
    const began = performance.now()
    const { picture } = await show(link)
    const shown = performance.now() - began
    await node.ask('media.get', { id: picture })
    return { shown, whole: performance.now() - began }
  }
  const cold = []
  const cached = []
  for (const link of links) cold.push((await draw(link)).whole)
  for (let round = 0; round < 50; round++) for (const link of links) cached.push(await draw(link))
  const shown = cached.map((card) => card.shown)
  const read = cached.map((card) => card.whole)
  table.add(`product card, cold: asked, checked, drawn; first, then median of ${links.length}`, `${ms(cold[0])}, ${ms(median(cold))}`)
  const late = (values) => `95th of 100: ${ms(percentile(values, 0.95))}`
  table.add('product card, cached, median', `${ms(median(shown))}, ${late(shown)}`, {
    goal: '<= 5 ms',
    peer: `the same card cold: ${ms(median(cold))}`,
    ratio: (median(shown) / median(cold)).toFixed(3),
  })
  table.add('product card, cached, and its picture read over the control socket, median', `${ms(median(read))}, ${late(read)}`)
  await confirmations(shop, proxy, show)
  await node.end()
  proxy.close()
  await shop.end()
}

/** Bytes of a request and its 304, heads included: a product whose answer is stale at once, its layout and pictures here. */
async function confirmations(shop, proxy, show) {
  const [{ id }] = shop.ask('seller', 'add', 'Stale goods')
  const feed = 'id,title,price,link,layout,fresh_seconds\nstale-1,Thyme honey,9.50 EUR,https://shop.example/p/stale-1,compact,0'
  shop.import(feed, '--seller', id)
  const link = 'https://shop.example/p/stale-1'
  await proxy.during(() => show(link))
  const bytes = []
  for (let round = 0; round < 10; round++) bytes.push(await proxy.during(() => show(link)))
  if (bytes.some((count) => count === 0)) throw new Error('a stale card was not confirmed')
  table.add('bytes over the network for a seen layout and product: request and 304; median, most of 10', `${median(bytes)}, ${Math.max(...bytes)}`, {
    goal: '<= 300',
  })
}

/** What catalog.mjs measured, and its plot beside the document. */
function catalogs() {
  const { busy, sizes } = JSON.parse(readFileSync(told.catalog, 'utf8'))
  const counts = Object.keys(sizes).map(Number)
  const [least, most] = [sizes[counts[0]], sizes[counts.at(-1)]]
  const { goal, highest, closed } = most.load
  const across = (figure) => counts.map((count) => figure(sizes[count], count)).join(', ')
  const products = `${whole(counts.at(-1))} products`
  table.add(
    `catalog on one core, ${products}, ${whole(goal.rate)} lookups/s for ${goal.seconds} s: p50, p99`,
    `${ms(goal.p50)}, ${ms(goal.p99)}; ${Math.round(goal.busy * 100)} % of the core`,
    { goal: 'p99 <= 20 ms', peer: `load average before all of these: ${busy.toFixed(1)}` },
  )
  // A core that was never full: the asking program was the limit.
  const bound = closed.busy < 0.9 ? 'at least ' : ''
  const held = highest ? `${bound}${whole(highest.rate)}/s, p99 ${ms(highest.p99)}` : 'none of those tried'
  table.add(`catalog on one core, ${products}, highest constant rate with p99 <= 20 ms`, held, {
    goal: '>= 1,000/s',
    peer: `32 connections without a pause: ${whole(closed.rate)}/s`,
  })
  const named = counts.map(whole).join('; ')
  table.add(`catalog, one lookup after the other, median, at ${named} products`, across(({ lookup }) => ms(lookup.median)), {
    peer: `at ${whole(counts[0])}: ${ms(least.lookup.median)}`,
    ratio: (most.lookup.median / least.lookup.median).toFixed(2),
  })
  table.add(`catalog, processor time of one lookup, at ${named}`, across(({ lookup }) => ms(lookup.processor)))
  table.add(`catalog, search by a Chinese character of one name in sixteen, 20 products, median, at ${named}`, across(({ common }) => ms(common.median)), {
    peer: `at ${whole(counts[0])}: ${ms(least.common.median)}`,
    ratio: (most.common.median / least.common.median).toFixed(2),
  })
  table.add(`catalog, search by a character of one name in a thousand, median, at ${named}`, across(({ rare }) => ms(rare.median)))
  table.add(`catalog, import from CSV on one core, at ${named}`, across(({ imported }) => seconds(imported)), {
    peer: `${whole(counts.at(-1) / (most.imported / 1000))} products/s, ${Math.round(most.bytes / counts.at(-1))} bytes each on disk at the last`,
  })
  const points = (figure) => counts.map((count) => [count, figure(sizes[count])])
  const series = [
    { name: 'lookup by code', points: points(({ lookup }) => lookup.median) },
    { name: 'search by one Chinese character, 20 products', points: points(({ common }) => common.median) },
  ]
  writeFileSync(join(dirname(out), 'lookup.svg'), plot('What a question costs, by the size of the catalog', 'products in the catalog', series))
}

/** What cards.mjs measured: drawing alone, beside others that draw the same card. */
function drawings() {
  const measured = JSON.parse(readFileSync(told.drawings, 'utf8'))
  for (const [name, format] of [
    ['png', 'PNG packed for speed, as Stoa keeps it'],
    ['webp', 'lossy WebP of quality 90, for comparison'],
  ]) {
    for (const scale of ['1x', '2x']) {
      const { stoa, drawing, chromium, satori } = measured[`${scale} ${name}`]
      table.add(
        `product card of 480 x 200, photo decoded, drawn and packed: ${scale}, ${format}`,
        `${ms(stoa)}, ${ms(drawing)} of it drawing`,
        { goal: '<= 0.4 x Chromium, <= 0.5 x satori', peer: `warm Chromium, screenshot: ${ms(chromium)}`, ratio: (stoa / chromium).toFixed(2) },
      )
      table.beside(`satori + resvg-js, packed alike: ${ms(satori)}`, (stoa / satori).toFixed(2))
    }
  }
  table.add('first card of a process, fonts included', ms(measured.first))
  table.add('renderer, largest resident size with fonts for Han, five layouts at 1x and 2x', `${(measured.memory / MB).toFixed(1)} MB`, {
    goal: '<= 120 MB',
  })
}

/** One step of the persona editor: a slider moved, asked over the control socket, the new picture's bytes here. */
async function previews() {
  const folder = mkdtempSync(join(tmpdir(), 'stoa-bench-'))
  const photo = join(folder, 'photo.png')
  writeFileSync(photo, noise(1600, 1200))
  const node = new Node(program, 'Alice')
  await node.start()
  const { photo: base } = await node.ask('persona.photo', { path: photo, crop: null })
  const { slots, items } = await node.ask('persona.accessories')
  const worn = slots.map(({ slot }) => items.find((item) => item.slot === slot)).map(({ item }) => ({ item, x: 0, y: 0, tilt: 0, scale: 1 }))
  const recipe = { photo: base, face: { x: 0.5, y: 0.42, width: 0.3 }, worn }
  const took = []
  for (let i = 0; i < 240; i++) {
    const moved = worn[Math.floor(i / 30)]
    moved.x = (i % 30) / 300
    moved.tilt = i % 30
    const began = performance.now()
    await node.ask('persona.preview', { recipe, side: 512 })
    // the first of each accessory draws it
    if (i % 30 > 0) took.push(performance.now() - began)
  }
  table.add(
    'persona editor, one step with 8 accessories: asked, composed, 512 px here; median',
    `${ms(median(took))}, 95th of 100: ${ms(percentile(took, 0.95))}`,
    { goal: '95th <= 25 ms' },
  )
  await node.end()
  rmSync(folder, { recursive: true })
}

/** What the state bench measured: one JSON object. */
function states() {
  const { what, rounds, p50_ms, p95_ms, p99_ms } = JSON.parse(readFileSync(told.state, 'utf8'))
  table.add(`${what} in one process over loopback, ${rounds} changes: p50, p95, p99`, [p50_ms, p95_ms, p99_ms].map(ms).join(', '), { goal: 'p99 <= 200 ms' })
}

/** What the persona bench measured: one JSON line per figure. */
function personas() {
  const lines = readFileSync(told.persona, 'utf8').split('\n').filter((line) => line.startsWith('{'))
  for (const { name, value, peer, peer_value, ratio } of lines.map((line) => JSON.parse(line))) {
    const beside = peer ? { goal: '<= 1.5 x libvips', peer: `${peer}: ${ms(peer_value)}`, ratio: ratio.toFixed(2) } : {}
    table.add(`persona, ${name.replace('media_persona_', '').replaceAll('_', ' ')}, median`, ms(value), beside)
  }
}

/** What the transfer bench measured between bare nodes, beside iroh then and rsync now. */
async function transfers() {
  const measured = JSON.parse(readFileSync(told.transfer, 'utf8'))
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
      const bare = { peer: `bare iroh endpoint: ${rate(bytes, iroh)}`, ratio: (took / iroh).toFixed(2) }
      table.add(`${what}, between two nodes over ${over}`, rate(bytes, took), bare)
      table.beside(`rsync daemon, nothing encrypted: ${rate(bytes, copied)}`, (took / copied).toFixed(1))
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
  for (const line of readFileSync(told.cipher, 'utf8').split('\n').filter(Boolean)) {
    const { name, value, peer, peer_value, ratio } = JSON.parse(line)
    table.add(`encrypted ${name}`, ms(value), { peer: `${peer}: ${ms(peer_value)}`, ratio: ratio.toFixed(2) })
  }
}

function machine() {
  const disk = tool('df', '--output=fstype', tmpdir()).split('\n').pop()
  return [
    `${cpus()[0].model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${arch()}`,
    `${type()} ${release()}, ${disk}`,
    `${tool('rustc', '--version')}; ${tool('rsync', '--version').split('\n')[0]}`,
  ]
}

const document = (rows) => `# Figures

Written by \`make bench\`. Two nodes on loopback, everything on one disk, release builds; each row says when and at which commit it was
taken. A ratio is Stoa's time or size over that of the peer measured in the same run; below 1 Stoa is better. Rows of transfers are one
run each: on two shared cores they vary by up to a factor of two from run to run.

${rows}

The catalog has one core of the machine, the program that asks it another. Lookups are of random products, over connections that stay
open, with the header of Stoa's own client (so answers travel as gzip). At a constant rate a request's time counts from the moment it
was due, not from when it was sent; "at least" means that the catalog's core was not full: the asking program was the limit. The
card's bytes are those of HTTP in both directions, heads included, without the frames of TCP and IP.

Cards are kept as PNG packed for speed, beside a Chromium told the same (\`optimizeForSpeed\`): every pixel as drawn, at several times the
bytes, which stay on the machine. Lossy WebP with Chromium's settings (quality 90, method 3) spends most of its time in libwebp, compiled
for SSE4.1 or not; only a catalog sends cards as WebP.

![What a lookup and a search cost in catalogs of 1,000 to 1,000,000 products](lookup.svg)

The machine:

${machine()
  .map((line) => `- ${line}`)
  .join('\n')}
`

const PARTS = {
  starts,
  messages,
  cards,
  previews,
  persona: told.persona && personas,
  state: told.state && states,
  catalog: told.catalog && catalogs,
  shares,
  transfer: told.transfer && transfers,
  cipher: told.cipher && ciphers,
  drawings: told.drawings && drawings,
}
const only = told.only?.split(',')
for (const [name, part] of Object.entries(PARTS)) if (part && (!only || only.includes(name))) await part()
table.write(out, Boolean(only), document)
