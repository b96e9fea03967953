// What the window tests show: two people who talked, shared pictures and sent a product link, and a catalog.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { evening } from '../png.mjs'
import { built, end, pair, Person, startWithReadyLine } from './person.mjs'

export const LINK = 'https://shop.example/p/honey-500'
const PICTURES = 6

export async function openCatalog(folder) {
  const args = ['--json', 'catalog', 'serve', '--data', folder, '--listen', '127.0.0.1:0', '--sample']
  const { child, ready } = await startWithReadyLine(join(built, 'stoa'), args)
  return { url: ready.url, close: () => end(child) }
}

/** Draws pictures into a folder of the person's machine; its path. */
export function drawPictures(person, name) {
  const folder = join(person.folder, name)
  mkdirSync(folder)
  for (let i = 0; i < PICTURES; i++) writeFileSync(join(folder, `evening ${i + 1}.png`), evening(i))
  return folder
}

/** A conversation with everything in it, seen from either side. */
export async function talked() {
  const [alice, bob] = [await Person.withNode('Alice'), await Person.withNode('林小雨')]
  const catalog = await openCatalog(join(alice.folder, 'catalog'))
  await pair(alice, bob)
  for (const person of [alice, bob]) await person.stoa('card', 'catalogs', 'trust', catalog.url)
  const last = async (person, other, text) => {
    const { id } = await person.stoa('chat', 'send', other.name, text)
    await other.until(text, async () => (await other.list('chat', 'read', person.name)).some((m) => m.id === id))
    return id
  }
  await last(alice, bob, 'The pictures from Samos are ready. Tea at five?')
  await last(bob, alice, '好啊！五点见。')
  const folder = drawPictures(alice, 'Samos')
  const { share } = await alice.stoa('share', 'add', folder, '--with', bob.name)
  await bob.until('the share', async () => (await bob.list('share', 'list')).some((s) => s.id === share && s.state === 'open'))
  const link = await last(alice, bob, `And this honey: ${LINK}`)
  await bob.stoa('chat', 'seen', alice.name, link)
  await bob.stoa('presence', 'set', 'busy', '--text', '画画到三点')
  await alice.until('the state', async () => (await alice.list('contact', 'list'))[0].presence.state === 'busy')
  return { alice, bob, share, catalog, close: () => Promise.all([alice.close(), bob.close(), catalog.close()]) }
}
