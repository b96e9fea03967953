import { joined } from './noise';

/** What the first byte of a message says. */
export const MORE = 0;
export const END = 1;
const UPLOAD = 2;

/** A sealed message has 65,535 bytes, 16 of them the tag. */
const MOST = 65_535 - 16 - 1;
const ID_LENGTH = 4;
/** The bytes of a file in one message. */
export const MOST_OF_FILE = MOST - ID_LENGTH;
const MOST_TEXT = 32 * 1024 * 1024;

/** A text as the messages that carry it. */
export function textParts(text: string): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += MOST) {
    const last = at + MOST >= bytes.length;
    parts.push(joined(Uint8Array.of(last ? END : MORE), bytes.subarray(at, at + MOST)));
  }
  return parts;
}

/** A part of a file; at most `MOST_OF_FILE` bytes. */
export function uploadPart(id: number, bytes: Uint8Array): Uint8Array {
  const head = new Uint8Array(1 + ID_LENGTH);
  head[0] = UPLOAD;
  new DataView(head.buffer).setUint32(1, id);
  return joined(head, bytes);
}

/** Texts as their messages come in. */
export class Texts {
  #parts: Uint8Array[] = [];
  #length = 0;

  /** The text that ends with this message; null while more of it is to come. Throws for what is none, and past 32 MiB. */
  add(message: Uint8Array): string | null {
    const kind = message[0];
    if (kind !== MORE && kind !== END) throw new Error(`a message of kind ${String(kind)}`);
    this.#length += message.length - 1;
    if (this.#length > MOST_TEXT) throw new Error('a text that is too long');
    this.#parts.push(message.subarray(1));
    if (kind === MORE) return null;
    const text = new TextDecoder('utf-8', { fatal: true }).decode(joined(...this.#parts));
    this.#parts = [];
    this.#length = 0;
    return text;
  }
}
