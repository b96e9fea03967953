// The catalog alone, in the release build: what a lookup costs at four sizes, and how many one core answers.
// catalog.mjs PROGRAM OUT.json. The catalog has the first core of the machine, this program the second; figures.mjs puts the figures into the table.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'

import { closedLoop, openLoop } from './load.mjs'
import { Shop } from './shop.mjs'
import { median, ms, percentile } from './stats.mjs'

const [program, out, largest = '1000000'] = process.argv.slice(2)
const SIZES = [1_000, 10_000, 100_000, 1_000_000].filter((size) => size <= Number(largest))
const LOOKUPS = 20_000
const SEARCHES = 1_000
const GOAL = { rate: 1000, p99: 20 }
const SECONDS = 20
const PROBE_SECONDS = 8
/** Parts of the rate that the closed loop reaches, tried from the highest. */
const PARTS = [0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5, 0.4]

const GOODS = ['蜂蜜', '龙井茶', '青花瓷碗', '橄榄油', '竹席', '丝绸围巾', '陶瓷杯', '棉被', '木梳', '酱油', '米酒', '铁锅', '银耳环', '毛笔', '砚台', '宣纸']
const MADE = ['手工', '农家', '景德镇', '明前', '秦岭', '古法', '云南', '苏州', '天然', '精选', '特级', '经典']
const THINGS = ['honey', 'tea', 'bowl', 'oil', 'mat', 'scarf', 'cup', 'quilt', 'comb', 'sauce', 'wine', 'pan', 'ring', 'brush', 'stone', 'paper']
/** In the name of one product of sixteen, and of one of a thousand. */
const COMMON = '蜂'
const RARE = '鲸'

const code = (number) => `p-${String(number).padStart(7, '0')}`

/** A name in Chinese and one in English, each with its number; no two alike. */
function feed(size) {
  const lines = ['id,title,price,brand']
  for (let i = 0; i < size; i++) {
    const [goods, made, thing] = [GOODS[i % GOODS.length], MADE[i % MADE.length], THINGS[(i * 7) % THINGS.length]]
    const rare = i % 1000 === 999 ? RARE : ''
    lines.push(`${code(i)},${made}${rare}${goods} ${thing} no. ${i},${(i % 900) + 1}.50 CNY,${made}坊`)
  }
  return lines.join('\n')
}

/** The same numbers in every run. mulberry32. */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const lookups = (size, seed) => {
  const next = random(seed)
  return () => `/products/${code(Math.floor(next() * size))}`
}

const searches = (word) => () => `/search?q=${encodeURIComponent(word)}&limit=20`

/** One after the other over one connection: milliseconds, and what the catalog's processor worked for each. */
async function cost(shop, path, requests) {
  await closedLoop(shop.port, path, 1, requests / 10)
  const before = shop.worked()
  const { latencies } = await closedLoop(shop.port, path, 1, requests)
  return { median: median(latencies), p99: percentile(latencies, 0.99), processor: (shop.worked() - before) / requests }
}

async function atSize(size) {
  const shop = new Shop(program, 0)
  shop.ask('seller', 'add', 'Bench')
  const imported = shop.import(feed(size), '--seller', 'Bench', '--link', 'https://shop.example/p/{code}')
  await shop.serve()
  const figures = {
    imported,
    bytes: shop.size(),
    lookup: await cost(shop, lookups(size, 1), LOOKUPS),
    common: await cost(shop, searches(COMMON), SEARCHES),
    rare: await cost(shop, searches(RARE), SEARCHES),
  }
  console.log(`${size}: import ${ms(imported)}, lookup ${ms(figures.lookup.median)}, search ${ms(figures.common.median)}, ${ms(figures.rare.median)}`)
  if (size === SIZES.at(-1)) figures.load = await load(shop, size)
  await shop.end()
  return figures
}

async function atRate(shop, size, rate, seconds) {
  const before = shop.worked()
  const { latencies, failed } = await openLoop(shop.port, lookups(size, rate), rate, seconds)
  const busy = (shop.worked() - before) / (seconds * 1000)
  const [p50, p99, p999] = [0.5, 0.99, 0.999].map((part) => percentile(latencies, part))
  console.log(`${rate}/s for ${seconds} s: p50 ${ms(p50)}, p99 ${ms(p99)}, p99.9 ${ms(p999)}, ${failed} failed, core ${Math.round(busy * 100)} % busy`)
  return { rate, seconds, p50, p99, p999, failed, busy }
}

/** At the goal's rate; then the highest constant rate at which the goal's p99 still holds and nothing fails, if there is one. */
async function load(shop, size) {
  await openLoop(shop.port, lookups(size, 2), GOAL.rate, 2)
  const goal = await atRate(shop, size, GOAL.rate, SECONDS)
  const before = shop.worked()
  const began = performance.now()
  const { rate } = await closedLoop(shop.port, lookups(size, 3), 32, 60_000)
  const busy = (shop.worked() - before) / (performance.now() - began)
  console.log(`32 at once: ${Math.round(rate)}/s, core ${Math.round(busy * 100)} % busy`)
  for (const part of PARTS) {
    const probe = await atRate(shop, size, Math.floor((rate * part) / 100) * 100, PROBE_SECONDS)
    if (probe.failed === 0 && probe.p99 <= GOAL.p99) return { goal, highest: probe, closed: { rate, busy } }
  }
  return { goal, closed: { rate, busy } }
}

execFileSync('taskset', ['-a', '-c', '-p', '1', String(process.pid)], { stdio: ['ignore', 'ignore', 'inherit'] })
const busy = loadavg()[0]
const sizes = {}
for (const size of SIZES) sizes[size] = await atSize(size)
writeFileSync(out, JSON.stringify({ busy, sizes }, null, 1))
