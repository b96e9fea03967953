import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { blake2s } from '@noble/hashes/blake2.js';
import { hkdf } from '@noble/hashes/hkdf.js';

// The initiator of Noise, revision 34 (https://noiseprotocol.org/noise.html), in one pattern, since a page without TLS has no WebCrypto.
const NAME = 'Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s';
const LENGTH = 32;
const NONE = new Uint8Array();

/** Both ways after the handshake, each message once and in order. */
export interface Channel {
  /** 16 bytes longer than what it seals. */
  seal(plain: Uint8Array): Uint8Array<ArrayBuffer>;
  /** Throws for whatever is not the other side's next message as it was sealed. */
  open(sealed: Uint8Array): Uint8Array<ArrayBuffer>;
}

export interface Handshake {
  /** Noise message 1. */
  first: Uint8Array<ArrayBuffer>;
  /** Takes Noise message 2; throws when it was not made with the same key. */
  finish(second: Uint8Array): Channel;
}

/** Given by tests alone: what is random and what is empty otherwise. */
interface Given {
  secret?: Uint8Array;
  payload?: Uint8Array;
}

/** Begins a handshake with whoever has the same key, of 32 bytes. */
export function begin(psk: Uint8Array, prologue: Uint8Array, given: Given = {}): Handshake {
  const secret = given.secret ?? crypto.getRandomValues(new Uint8Array(LENGTH));
  const state = new SymmetricState();
  state.mixHash(prologue);
  state.mixKeyAndHash(psk);
  const own = x25519.getPublicKey(secret);
  state.mixHash(own);
  state.mixKey(own);
  const first = joined(own, state.encrypt(given.payload ?? NONE));
  return {
    first,
    finish(second) {
      const theirs = second.subarray(0, LENGTH);
      state.mixHash(theirs);
      state.mixKey(theirs);
      state.mixKey(x25519.getSharedSecret(secret, theirs));
      state.decrypt(second.subarray(LENGTH));
      const [sending, receiving] = state.split();
      return { seal: (plain) => sending.encrypt(plain, NONE), open: (sealed) => receiving.decrypt(sealed, NONE) };
    },
  };
}

/** 5.1: a key, and the nonce of the next message under it. */
class CipherState {
  readonly #key: Uint8Array;
  #nonce = 0;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  encrypt(plain: Uint8Array, associatedData: Uint8Array): Uint8Array<ArrayBuffer> {
    return this.#next(associatedData, (cipher) => cipher.encrypt(plain));
  }

  decrypt(sealed: Uint8Array, associatedData: Uint8Array): Uint8Array<ArrayBuffer> {
    return this.#next(associatedData, (cipher) => cipher.decrypt(sealed));
  }

  /** A message that throws leaves the nonce as it is. */
  #next(associatedData: Uint8Array, use: (cipher: ReturnType<typeof chacha20poly1305>) => Uint8Array): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(12);
    new DataView(bytes.buffer).setBigUint64(4, BigInt(this.#nonce), true);
    const made = use(chacha20poly1305(this.#key, bytes, associatedData));
    this.#nonce++;
    return made as Uint8Array<ArrayBuffer>;
  }
}

/** 5.2: what both sides have seen and know so far. */
class SymmetricState {
  // Names longer than a hash are hashed.
  #hash: Uint8Array = blake2s(new TextEncoder().encode(NAME));
  #chain = this.#hash;
  #cipher = new CipherState(new Uint8Array(LENGTH));

  mixHash(seen: Uint8Array): void {
    this.#hash = blake2s(joined(this.#hash, seen));
  }

  mixKey(known: Uint8Array): void {
    const [chain, key] = this.#derive(known, 2);
    this.#chain = chain;
    this.#cipher = new CipherState(key);
  }

  mixKeyAndHash(known: Uint8Array): void {
    const [chain, hash, key] = this.#derive(known, 3);
    this.#chain = chain;
    this.mixHash(hash);
    this.#cipher = new CipherState(key);
  }

  encrypt(plain: Uint8Array): Uint8Array<ArrayBuffer> {
    const sealed = this.#cipher.encrypt(plain, this.#hash);
    this.mixHash(sealed);
    return sealed;
  }

  decrypt(sealed: Uint8Array): Uint8Array<ArrayBuffer> {
    const plain = this.#cipher.decrypt(sealed, this.#hash);
    this.mixHash(sealed);
    return plain;
  }

  /** For what the initiator sends, and for what it receives. */
  split(): [CipherState, CipherState] {
    const [sending, receiving] = this.#derive(NONE, 2);
    return [new CipherState(sending), new CipherState(receiving)];
  }

  /** 4.3: Noise's HKDF is RFC 5869's without info. */
  #derive(known: Uint8Array, count: 2 | 3): [Uint8Array, Uint8Array, Uint8Array] {
    const all = hkdf(blake2s, known, this.#chain, undefined, count * LENGTH);
    return [all.subarray(0, LENGTH), all.subarray(LENGTH, 2 * LENGTH), all.subarray(2 * LENGTH)];
  }
}

export function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
