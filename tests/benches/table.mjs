// The table of docs/benchmarks.md: rows that were measured now, beside those that were measured before.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const HEADS = ['what', 'Stoa', 'goal', 'beside it', 'ratio', 'taken']

export class Table {
  /** `taken`: when and at which commit the rows added here are measured. */
  constructor(taken) {
    this.taken = taken
    this.rows = []
  }

  add(what, figure, { goal = '', peer = '', ratio = '' } = {}) {
    this.rows.push([what, figure, goal, peer, ratio, this.taken])
    console.log([what, figure, goal && `goal ${goal}`, peer, ratio].filter(Boolean).join(' | '))
  }

  /** A further peer of the row before. */
  beside(peer, ratio) {
    this.add('', '', { peer, ratio })
  }

  /** Lines of Markdown. With `file`, its rows that were not measured now stay where they are. */
  lines(file) {
    const groups = file && existsSync(file) ? grouped(read(file)) : []
    let after = groups.length
    for (const group of grouped(this.rows)) {
      const at = groups.findIndex((known) => known[0][0] === group[0][0])
      if (at < 0) groups.splice(after++, 0, group)
      else {
        groups[at] = group
        after = at + 1
      }
    }
    const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
    return [line(HEADS), `|${'---|'.repeat(HEADS.length)}`, ...groups.flat().map(line)]
  }

  write(file, merge, document) {
    writeFileSync(file, document(this.lines(merge ? file : undefined).join('\n')))
  }
}

/** A row with all that follow it without a name, or with the same one. */
function grouped(rows) {
  const groups = []
  for (const row of rows) {
    const last = groups.at(-1)
    if (last && (row[0] === '' || row[0] === last[0][0])) last.push(row)
    else groups.push([row])
  }
  return groups
}

function read(file) {
  const lines = readFileSync(file, 'utf8').split('\n').filter((line) => line.startsWith('| '))
  const rows = lines.slice(1).map((line) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')))
  if (rows.some((row) => row.length !== HEADS.length)) throw new Error(`${file} has a table of another form`)
  return rows
}
