// What many measurements come to.

export function median(values) {
  return percentile(values, 0.5)
}

/** The value that this part of all does not exceed; `part` from 0 to 1. */
export function percentile(values, part) {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
}

export const ms = (value) => `${value < 1 ? value.toFixed(2) : value < 10 ? value.toFixed(1) : Math.round(value)} ms`
