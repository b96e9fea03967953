// The window's own words in one language, so that a reworded button does not break a test.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { repository } from './person.mjs'

export function wordsOf(locale) {
  const folder = join(repository, 'ui/messages')
  const parts = readdirSync(folder).map((feature) => JSON.parse(readFileSync(join(folder, feature, `${locale}.json`), 'utf8')))
  const words = Object.assign({}, ...parts)
  return (key, values = {}) => {
    if (typeof words[key] !== 'string') throw new Error(`the window has no plain words ${key} in ${locale}`)
    return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name])
  }
}
