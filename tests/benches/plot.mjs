// A line chart as SVG, by hand: sizes by powers of ten to the right, milliseconds upwards from zero.

const WIDTH = 720
const HEIGHT = 400
const LEFT = 72
const RIGHT = 700
const TOP = 84
const BOTTOM = 340

const STYLE = `
    svg { color-scheme: light dark; --ground: #fbfaf7; --ink: #1d2126; --soft: #5b6470; --line: #e2ddd3; --first: #0e6e86; --second: #c4552d }
    @media (prefers-color-scheme: dark) {
      svg { --ground: #14171a; --ink: #e8e6e1; --soft: #9aa3ae; --line: #2a3037; --first: #4fb3c8; --second: #e98a63 }
    }
    text { font: 13px system-ui, sans-serif; fill: var(--soft) }
    .title { font-size: 16px; font-weight: 600; fill: var(--ink) }
    .value, .name { fill: var(--ink) }
    .ground { fill: var(--ground) }
    .grid { stroke: var(--line) }
    .first { --series: var(--first) } .second { --series: var(--second) }
    polyline { fill: none; stroke: var(--series); stroke-width: 2; stroke-linejoin: round }
    circle { fill: var(--series); stroke: var(--ground); stroke-width: 2 }`

/** The least of 1, 2, 5 times a power of ten that makes at most five steps to `top`. */
function step(top) {
  const power = 10 ** Math.floor(Math.log10(top / 5))
  return [1, 2, 5, 10].map((factor) => factor * power).find((size) => top / size <= 5)
}

const short = (size) => (size >= 1e6 ? `${size / 1e6} M` : `${size / 1e3} k`)
const round = (place) => Math.round(place * 10) / 10

/** `series`: one or two of {name, points: [size, milliseconds][]}. */
export function plot(title, under, series) {
  const points = series.flatMap((line) => line.points)
  const sizes = [...new Set(points.map(([size]) => size))].sort((a, b) => a - b)
  const [low, high] = [Math.log10(sizes[0]), Math.log10(sizes.at(-1))]
  const most = Math.max(...points.map(([, took]) => took)) * 1.15
  const grid = step(most)
  const top = Math.ceil(most / grid) * grid
  const x = (size) => round(LEFT + 28 + ((RIGHT - LEFT - 56) * (Math.log10(size) - low)) / (high - low || 1))
  const y = (took) => round(BOTTOM - ((BOTTOM - TOP) * took) / top)
  const levels = Array.from({ length: Math.round(top / grid) + 1 }, (_, at) => at * grid)
  const digits = Math.max(0, -Math.floor(Math.log10(grid)))
  const drawn = series.flatMap(({ name, points }, at) => {
    const kind = ['first', 'second'][at]
    // Above the upper line and below the lower one.
    const over = points[0][1] >= Math.max(...series.map((other) => other.points[0][1]))
    const label = ([size, took]) =>
      `<text class="value" x="${x(size)}" y="${y(took) + (over ? -11 : 21)}" text-anchor="middle">${took.toFixed(2)}</text>`
    return [
      `<g class="${kind}">`,
      `  <polyline points="${LEFT + at * 250},58 ${LEFT + 24 + at * 250},58"/><text class="name" x="${LEFT + 32 + at * 250}" y="62">${name}</text>`,
      `  <polyline points="${points.map(([size, took]) => `${x(size)},${y(took)}`).join(' ')}"/>`,
      ...points.map(([size, took]) => `  <circle cx="${x(size)}" cy="${y(took)}" r="5"/>${label([size, took])}`),
      '</g>',
    ]
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title">
  <title id="title">${title}</title>
  <style>${STYLE}
  </style>
  <rect class="ground" width="${WIDTH}" height="${HEIGHT}" rx="8"/>
  <text class="title" x="24" y="32">${title}</text>
  ${levels.map((level) => `<path class="grid" d="M${LEFT} ${y(level)}H${RIGHT}"/><text x="${LEFT - 10}" y="${y(level) + 4}" text-anchor="end">${level.toFixed(digits)}</text>`).join('\n  ')}
  ${sizes.map((size) => `<text x="${x(size)}" y="${BOTTOM + 22}" text-anchor="middle">${short(size)}</text>`).join('\n  ')}
  <text x="${(LEFT + RIGHT) / 2}" y="${BOTTOM + 46}" text-anchor="middle">${under}</text>
  <text x="22" y="${(TOP + BOTTOM) / 2}" text-anchor="middle" transform="rotate(-90 22 ${(TOP + BOTTOM) / 2})">milliseconds, median</text>
  ${drawn.join('\n  ')}
</svg>
`
}
