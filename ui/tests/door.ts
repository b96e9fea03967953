import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { blake2s } from '@noble/hashes/blake2.js';
import { hmac } from '@noble/hashes/hmac.js';

const encode = (text: string) => new TextEncoder().encode(text);
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

export const bytesOfHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export const hexOf = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

function aead(key: Uint8Array, n: number, associatedData: Uint8Array) {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(4, n, true);
  return chacha20poly1305(key, nonce, associatedData);
}

function derive(chain: Uint8Array, known: Uint8Array): [Uint8Array, Uint8Array, Uint8Array] {
  const secret = hmac(blake2s, chain, known);
  const one = hmac(blake2s, secret, Uint8Array.of(1));
  const two = hmac(blake2s, secret, join(one, Uint8Array.of(2)));
  return [one, two, hmac(blake2s, secret, join(two, Uint8Array.of(3)))];
}

/** The other side of the handshake, step by step as the specification writes it. */
export class Responder {
  readonly payload: Uint8Array;
  readonly second: Uint8Array;
  readonly #receiving: Uint8Array;
  readonly #sending: Uint8Array;
  #received = 0;
  #sent = 0;

  constructor(psk: Uint8Array, prologue: Uint8Array, first: Uint8Array, secret = x25519.utils.randomSecretKey(), payload = new Uint8Array()) {
    let hash: Uint8Array = blake2s(encode('Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s'));
    let chain = hash;
    let key: Uint8Array;
    const mix = (seen: Uint8Array) => (hash = blake2s(join(hash, seen)));
    mix(prologue);
    const [chained, mixed] = derive(chain, psk);
    chain = chained;
    mix(mixed);
    const theirs = first.slice(0, 32);
    mix(theirs);
    [chain, key] = derive(chain, theirs);
    this.payload = aead(key, 0, hash).decrypt(first.slice(32));
    mix(first.slice(32));
    const own = x25519.getPublicKey(secret);
    mix(own);
    [chain] = derive(chain, own);
    [chain, key] = derive(chain, x25519.getSharedSecret(secret, theirs));
    this.second = join(own, aead(key, 0, hash).encrypt(payload));
    [this.#receiving, this.#sending] = derive(chain, new Uint8Array());
  }

  open(sealed: Uint8Array): Uint8Array {
    return aead(this.#receiving, this.#received++, new Uint8Array()).decrypt(sealed);
  }

  seal(plain: Uint8Array): Uint8Array {
    return aead(this.#sending, this.#sent++, new Uint8Array()).encrypt(plain);
  }
}

/** What a phone sent, opened. */
export interface Heard {
  id: number;
  verb?: string;
  args?: unknown;
  upload?: { name: string; size: number };
}

/** A WebSocket whose other end is a node's door in the test. */
export class DoorSocket extends EventTarget {
  static opened: DoorSocket[] = [];
  /** By the hex of their names. */
  static keys = new Map<string, Uint8Array>();
  readonly url: string;
  binaryType = '';
  bufferedAmount = 0;
  closed = false;
  onopen?: () => void;
  onmessage?: (event: { data: unknown }) => void;
  onclose?: (event: { code: number }) => void;
  readonly heard: Heard[] = [];
  /** By upload. */
  readonly files = new Map<number, Uint8Array>();
  readonly sizes: number[] = [];
  name = '';
  #responder: Responder | null = null;
  #text: Uint8Array[] = [];

  constructor(url: URL) {
    super();
    this.url = url.href;
    DoorSocket.opened.push(this);
  }

  static get last(): DoorSocket {
    const last = DoorSocket.opened.at(-1);
    if (!last) throw new Error('no socket was opened');
    return last;
  }

  /** Comes about, and takes the phone in. */
  enter(pass: string | null, until: number, now = Date.now()): void {
    this.onopen?.();
    this.say({ id: 0, ok: { pass, name: 'Alice', until, now } });
  }

  send(data: Uint8Array): void {
    this.sizes.push(data.length);
    if (!this.#responder) {
      this.name = hexOf(data.slice(0, 9));
      const key = DoorSocket.keys.get(this.name);
      if (!key) return this.end(4401);
      this.#responder = new Responder(key, encode('stoa phone 1'), data.slice(9));
      this.onmessage?.({ data: this.#responder.second.slice().buffer });
      return;
    }
    const plain = this.#responder.open(data);
    const [kind, body] = [plain[0], plain.slice(1)];
    if (kind === 2) {
      const id = new DataView(body.buffer, body.byteOffset).getUint32(0);
      this.files.set(id, join(this.files.get(id) ?? new Uint8Array(), body.slice(4)));
      return;
    }
    this.#text.push(body);
    if (kind === 1) this.heard.push(JSON.parse(new TextDecoder().decode(join(...this.#text.splice(0)))) as Heard);
  }

  /** Says one text, in parts of so many bytes. */
  say(message: object, length = 65_518): void {
    const bytes = encode(JSON.stringify(message));
    for (let at = 0; at < bytes.length; at += length) {
      this.raw(join(Uint8Array.of(at + length >= bytes.length ? 1 : 0), bytes.slice(at, at + length)));
    }
  }

  raw(plain: Uint8Array): void {
    const sealed = this.#responder?.seal(plain) ?? plain;
    this.onmessage?.({ data: Uint8Array.from(sealed).buffer });
  }

  end(code = 1006): void {
    this.closed = true;
    this.onclose?.({ code });
  }

  close(): void {
    this.closed = true;
  }
}

/** A pass that the node knows, and what it is made of. */
export function passOf(seed: number): string {
  const bytes = Uint8Array.from({ length: 41 }, (_, at) => (seed * 31 + at * 7) % 256);
  DoorSocket.keys.set(hexOf(bytes.slice(0, 9)), bytes.slice(9));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
