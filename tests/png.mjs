// Pictures that nobody took, as PNG (https://www.w3.org/TR/png-3/).

import { crc32, deflateSync } from 'node:zlib'

/** An RGB picture; `pixel(x, y)` gives [r, g, b]. */
export function png(width, height, pixel, level = 6) {
  const rows = Buffer.alloc((width * 3 + 1) * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set(pixel(x, y), y * (width * 3 + 1) + 1 + x * 3)
  }
  return file(width, height, rows, level)
}

/** A picture of the given bytes: `(width * 3 + 1) * height` of them, every row beginning with its filter, 0. */
export function file(width, height, rows, level) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  const data = deflateSync(rows, { level })
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

function chunk(name, body) {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), body])
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  size.writeUInt32BE(body.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([size, named, sum])
}

const SKIES = [
  [[244, 196, 138], [120, 150, 190]],
  [[250, 222, 180], [86, 140, 190]],
  [[236, 150, 120], [70, 72, 120]],
  [[214, 230, 240], [96, 150, 200]],
]

/** Sea, hills and a sun; every number another evening. */
export function evening(number, width = 900, height = 600) {
  const [low, high] = SKIES[number % SKIES.length]
  const sun = { x: width * (0.2 + ((number * 0.37) % 0.6)), y: height * (0.2 + ((number * 0.11) % 0.25)), r: height * 0.07 }
  const hill = (x, i) => height * (0.42 + i * 0.07 - 0.06 * Math.sin(x / width * (5 + i * 3) + number * 1.7 + i * 2))
  const mix = (a, b, t) => a.map((value, i) => Math.round(value + (b[i] - value) * t))
  return png(width, height, (x, y) => {
    if (y > height * 0.66) {
      const glint = Math.abs(x - sun.x) < (y - height * 0.6) * 0.5 && Math.sin(y * 0.9 + x * 0.05) > 0.7
      return glint ? mix(low, [255, 255, 255], 0.4) : mix([40, 92, 120], [16, 48, 70], (y / height - 0.66) * 3)
    }
    for (const i of [2, 1, 0]) {
      if (y > hill(x, i)) return mix([58, 84, 82], high, 0.6 - i * 0.25)
    }
    if (Math.hypot(x - sun.x, y - sun.y) < sun.r) return [255, 240, 205]
    return mix(high, low, Math.min(1, (y / height) * 2))
  })
}
