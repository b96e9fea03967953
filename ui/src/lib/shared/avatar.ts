const NO_NAME = '·';

/** The first character a reader would call one: an emoji with its modifiers, a Han character, a capital. */
export function initialOf(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '') return NO_NAME;
  for (const { segment } of new Intl.Segmenter().segment(trimmed)) return segment.toLocaleUpperCase();
  return NO_NAME;
}

/** A hue in degrees that stays with the seed. */
export function hueOf(seed: string): number {
  // FNV-1a: spreads even seeds that differ in one character.
  let hash = 0x811c9dc5;
  for (let at = 0; at < seed.length; at++) hash = Math.imul(hash ^ seed.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % 360;
}
