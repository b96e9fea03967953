/** The node takes texts of 1 to 16,384 bytes of UTF-8. */
export const MOST_BYTES = 16_384;
export const NEAR_BYTES = 14_800;

const IME_KEY = 229;

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/**
 * Whether this key sends. Enter that ends an input method's composition does not: WebKit reports that one after the
 * composition's end, only with the old key code.
 */
export function sends(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter' || event.shiftKey || event.altKey) return false;
  return !event.isComposing && event.keyCode !== IME_KEY;
}
