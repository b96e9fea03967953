// Cards drawn by Stoa, beside a warm Chromium and satori + resvg-js: the same card of the same data, in the same format, packed alike.
// cards.mjs BENCH OUT.json, where BENCH is the cards bench of layouts/. Prints medians and ratios; figures.mjs puts them into the table.

import { Resvg } from '@resvg/resvg-js'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import satori from 'satori'

import * as png from '../png.mjs'
import { median } from './stats.mjs'

const [bench, out] = process.argv.slice(2)
const here = import.meta.dirname
const products = JSON.parse(readFileSync(join(here, 'cards.json'), 'utf8'))
const ROUNDS = 12
const PHOTO = { width: 360, height: 400 }
/** How Chromium packs its screenshot; layouts/benches/cards.rs packs alike. */
const FORMATS = { png: { format: 'png', optimizeForSpeed: true }, webp: { format: 'webp', quality: 90 } }
const SCALES = [1, 2]

/** Soft hills, as bytes of RGBA: no two pixels quite alike. */
function photo() {
  const { width, height } = PHOTO
  const rgba = Buffer.alloc(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const hill = Math.sin(x / 37) * 40 + Math.sin(x / 11 + y / 23) * 18 + ((x * 7919 + y * 104729) % 13)
      const colour = [120 + hill, 120 + y / 6 - hill / 2, 90 + x / 4, 255]
      rgba.set(colour.map((level) => Math.min(255, Math.max(0, Math.round(level)))), (y * width + x) * 4)
    }
  }
  return rgba
}

function photoPng(rgba) {
  const { width, height } = PHOTO
  const rows = Buffer.alloc((width * 3 + 1) * height)
  for (let i = 0; i < width * height; i++) {
    const at = Math.floor(i / width) * (width * 3 + 1) + 1 + (i % width) * 3
    rgba.copy(rows, at, i * 4, i * 4 + 3)
  }
  return png.file(width, height, rows, 6)
}

/** The wide card of layouts/wide.html as elements: what satori reads, and HTML is written of. */
function card(product, photo) {
  const line = { overflow: 'hidden', whiteSpace: 'nowrap', textOverflow: 'ellipsis' }
  const lines = (count) => ({ display: 'block', overflow: 'hidden', textOverflow: 'ellipsis', lineClamp: count, wordBreak: 'break-word' })
  const div = (style, ...children) => ({ type: 'div', props: { style: { display: 'flex', boxSizing: 'border-box', ...style }, children } })
  const text = (style, content) => ({ type: 'div', props: { style: { ...style }, children: content } })
  return div(
    {
      width: 480, height: 200, flexDirection: 'row', backgroundColor: '#FBFAF7', border: '1px solid #E2DDD3', borderRadius: 14,
      overflow: 'hidden', color: '#1D2126', fontFamily: 'Noto Sans, Noto Sans SC',
    },
    div(
      { width: 178, height: 198, flexShrink: 0, backgroundColor: '#F1EEE8', overflow: 'hidden' },
      { type: 'img', props: { src: photo, width: 178, height: 198, style: { width: 178, height: 198, objectFit: 'cover' } } },
    ),
    div(
      { flexDirection: 'column', flex: 1, minWidth: 0, padding: '15px 18px 12px 18px' },
      text({ ...line, marginBottom: 2, fontSize: 12, lineHeight: '16px', color: '#5B6470' }, product.brand),
      text({ ...lines(2), fontSize: 16, lineHeight: '21px', fontWeight: 700 }, product.name),
      text({ ...lines(2), marginTop: 4, fontSize: 12, lineHeight: '17px', color: '#5B6470' }, product.description),
      div({ flex: 1 }),
      text({ ...line, fontSize: 24, lineHeight: '30px', fontWeight: 700, letterSpacing: -0.3 }, product.price),
      div(
        { alignItems: 'center', justifyContent: 'space-between', marginTop: 6, paddingTop: 8, borderTop: '1px solid #E2DDD3' },
        text({ ...line, fontSize: 12, lineHeight: '18px', color: '#5B6470' }, product.seller),
        div(
          { alignItems: 'center', flexShrink: 0 },
          div({ width: 7, height: 7, borderRadius: 4, backgroundColor: '#4F7A3A', marginRight: 6 }),
          text({ ...line, fontSize: 12, lineHeight: '18px', color: '#4F7A3A' }, 'In stock'),
        ),
      ),
    ),
  )
}

const PLAIN = new Set(['flex', 'flexShrink', 'fontWeight', 'lineClamp', 'opacity'])

function html({ type, props }) {
  const declarations = Object.entries(props.style).flatMap(([name, value]) => {
    if (name === 'lineClamp') return [`display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:${value}`]
    if (name === 'display' && props.style.lineClamp) return []
    const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    return [`${kebab}:${typeof value === 'number' && !PLAIN.has(name) ? `${value}px` : value}`]
  })
  const style = declarations.join(';')
  if (type === 'img') return `<img src="${props.src}" style="${style}">`
  const inside = [props.children].flat().map((child) => (typeof child === 'string' ? child.replace(/[<&]/g, (c) => `&#${c.charCodeAt(0)};`) : html(child)))
  return `<div style="${style}">${inside.join('')}</div>`
}

const dataUrl = (type, bytes) => `data:${type};base64,${bytes.toString('base64')}`

/** Of a PNG, or of a WebP with transparency (VP8X, RFC 9649). */
function widthOf(picture) {
  return picture.toString('latin1', 1, 4) === 'PNG' ? picture.readUInt32BE(16) : picture.readUIntLE(24, 3) + 1
}

/** A page that stays open; each card is set into it and photographed. Its photo is decoded once, before. */
async function browser(photo) {
  const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
  const running = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars'] })
  const figures = {}
  for (const scale of SCALES) {
    const page = await running.newPage({ viewport: { width: 480, height: 200 }, deviceScaleFactor: scale })
    await page.setContent('<style>body{margin:0}</style><body></body>')
    const url = await page.evaluate(async (source) => {
      const blob = await (await fetch(source)).blob()
      return URL.createObjectURL(blob)
    }, photo)
    const session = await page.context().newCDPSession(page)
    // Round corners are transparent, as in the other two.
    await session.send('Emulation.setDefaultBackgroundColorOverride', { color: { r: 0, g: 0, b: 0, a: 0 } })
    await session.send('Emulation.setDeviceMetricsOverride', { width: 480, height: 200, deviceScaleFactor: scale, mobile: false })
    for (const [name, format] of Object.entries(FORMATS)) {
      const took = []
      for (let round = 0; round <= ROUNDS; round++) {
        for (const product of products) {
          const content = html(card(product, url))
          const began = performance.now()
          await page.evaluate(async (content) => {
            document.body.innerHTML = content
            await document.images[0].decode()
          }, content)
          const shot = Buffer.from((await session.send('Page.captureScreenshot', format)).data, 'base64')
          if (round > 0) took.push(performance.now() - began)
          else if (widthOf(shot) !== 480 * scale) throw new Error('a card of another size')
        }
      }
      figures[`${scale}x ${name}`] = median(took)
    }
    await page.close()
  }
  await running.close()
  return figures
}

/** To pixels; what encoding them takes is added by the caller. */
async function svg(photo) {
  const font = (name, file, weight) => ({ name, weight, style: 'normal', data: readFileSync(join(here, '../../layouts/fonts', file)) })
  const fonts = [
    font('Noto Sans', 'NotoSans-Regular.ttf', 400),
    font('Noto Sans', 'NotoSans-Bold.ttf', 700),
    font('Noto Sans SC', 'NotoSansSC-Regular.otf', 400),
    font('Noto Sans SC', 'NotoSansSC-Bold.otf', 700),
  ]
  const figures = {}
  for (const scale of SCALES) {
    const took = []
    for (let round = 0; round <= ROUNDS; round++) {
      for (const product of products) {
        const element = card(product, photo)
        const began = performance.now()
        const drawn = await satori(element, { width: 480, height: 200, fonts })
        const { pixels } = new Resvg(drawn, { fitTo: { mode: 'width', value: 480 * scale }, font: { loadSystemFonts: false } }).render()
        if (round > 0) took.push(performance.now() - began)
        if (pixels.length !== 480 * 200 * 4 * scale ** 2) throw new Error('a card of another size')
      }
    }
    figures[`${scale}x`] = median(took)
  }
  return figures
}

const folder = mkdtempSync(join(tmpdir(), 'stoa-bench-'))
const rgba = photo()
const source = dataUrl('image/png', photoPng(rgba))
writeFileSync(join(folder, 'photo.rgba'), rgba)
const run = (...args) => JSON.parse(execFileSync(bench, args, { encoding: 'utf8' }))
const stoa = run('draw', join(here, 'cards.json'), join(folder, 'photo.rgba'), String(PHOTO.width), String(PHOTO.height))
const memory = run('memory')
const chrome = await browser(source)
const resvg = await svg(source)
rmSync(folder, { recursive: true })

const figures = { first: stoa.first, memory: memory.bytes }
for (const scale of SCALES) {
  const drawing = median(stoa[`${scale}x`].drawing)
  for (const format of Object.keys(FORMATS)) {
    const name = `${scale}x ${format}`
    const own = median(stoa[`${scale}x`][format])
    // The pixels of satori and resvg-js are packed as Stoa's are.
    const peers = { chromium: chrome[name], satori: resvg[`${scale}x`] + own - drawing }
    figures[name] = { stoa: own, drawing, ...peers }
    const beside = Object.entries(peers).map(([peer, took]) => `${peer} ${took.toFixed(1)} ms (${(own / took).toFixed(2)})`)
    console.log(`${name}: Stoa ${own.toFixed(1)} ms, ${drawing.toFixed(1)} of it drawing; ${beside.join(', ')}`)
  }
}
console.log(`first card ${stoa.first.toFixed(1)} ms, largest resident size ${(memory.bytes / 1e6).toFixed(1)} MB`)
writeFileSync(out, JSON.stringify(figures))
