import { describe, expect, it } from 'vitest';
import { bytesOfHex, hexOf, Responder } from '../../../tests/door';
import { begin } from './noise';

// Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s of cacophony's vectors (https://github.com/haskell-cryptography/cacophony, vectors/cacophony.txt).
const VECTOR = {
  prologue: '4a6f686e2047616c74',
  psk: '54686973206973206d7920417573747269616e20706572737065637469766521',
  initiator: '893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a',
  responder: 'bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b',
  messages: [
    ['4c756477696720766f6e204d69736573', 'ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944fda936bec35a8adfdff198386f7d5475880897edaaf7495314c99095a2e4d66a'],
    ['4d757272617920526f746862617264', '95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088434cd2a371993ba41ea11448024fca32766b169183c9e691a7a433279da7e729'],
    ['462e20412e20486179656b', 'bc44da303ae0beb08075fc4eb4e58235c67c2d1f53a4f2fff0bca7'],
    ['4361726c204d656e676572', '416d1af83e9fa6966ce4e871156b131aa9bd7e9a1d6f8794f4872a'],
    ['4a65616e2d426170746973746520536179', '8a7d81b77bcc6c072f2b807da066efba6b5fab9edf71a7faceb2c8454b0cfef608'],
    ['457567656e2042f6686d20766f6e2042617765726b', '1e2ee010f72894824a25a867664ff298f2548a145dc4e9d27b1cad83f32fa7c54d69dc3279'],
  ],
} as const;

const [psk, prologue] = [bytesOfHex(VECTOR.psk), bytesOfHex(VECTOR.prologue)];
const text = (words: string) => new TextEncoder().encode(words);
const words = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function joined() {
  const handshake = begin(psk, prologue);
  const node = new Responder(psk, prologue, handshake.first);
  return { node, channel: handshake.finish(node.second) };
}

describe('the handshake', () => {
  it('is the published one, byte by byte', () => {
    const [first, second, ...later] = VECTOR.messages;
    const handshake = begin(psk, prologue, { secret: bytesOfHex(VECTOR.initiator), payload: bytesOfHex(first[0]) });
    expect(hexOf(handshake.first)).toBe(first[1]);
    const channel = handshake.finish(bytesOfHex(second[1]));
    later.forEach(([plain, sealed], at) => {
      // The initiator speaks first, then in turns.
      if (at % 2 === 0) expect(hexOf(channel.seal(bytesOfHex(plain)))).toBe(sealed);
      else expect(hexOf(channel.open(bytesOfHex(sealed)))).toBe(plain);
    });
    const node = new Responder(psk, prologue, handshake.first, bytesOfHex(VECTOR.responder), bytesOfHex(second[0]));
    expect(hexOf(node.second)).toBe(second[1]);
  });

  it('is another each time', () => {
    expect(hexOf(begin(psk, prologue).first)).not.toBe(hexOf(begin(psk, prologue).first));
  });

  it('fails with another key, another prologue, a damaged or a short answer', () => {
    const other = Uint8Array.from(psk, (byte) => byte ^ 1);
    expect(() => new Responder(other, prologue, begin(psk, prologue).first)).toThrow();
    expect(() => new Responder(psk, text('stoa phone 2'), begin(psk, prologue).first)).toThrow();

    const stranger = new Responder(other, prologue, begin(other, prologue).first);
    expect(() => begin(psk, prologue).finish(stranger.second)).toThrow();
    for (const at of [0, 31, 32, 47]) {
      const handshake = begin(psk, prologue);
      const { second } = new Responder(psk, prologue, handshake.first);
      second[at] = (second[at] ?? 0) ^ 1;
      expect(() => handshake.finish(second), String(at)).toThrow();
    }
    const handshake = begin(psk, prologue);
    const { second } = new Responder(psk, prologue, handshake.first);
    expect(() => handshake.finish(second.slice(0, 40))).toThrow();
    expect(() => handshake.finish(new Uint8Array(48))).toThrow();
  });
});

describe('the channel', () => {
  it('carries both ways, 16 bytes longer', () => {
    const { node, channel } = joined();
    const sealed = channel.seal(text('hat'));
    expect(sealed.length).toBe(3 + 16);
    expect(words(node.open(sealed))).toBe('hat');
    expect(words(channel.open(node.seal(text('coat'))))).toBe('coat');
    expect(channel.open(node.seal(new Uint8Array())).length).toBe(0);
  });

  it('refuses what is damaged, repeated, left out, turned around or not sealed', () => {
    const { node, channel } = joined();
    const first = node.seal(text('one'));
    const damaged = first.slice();
    damaged[1] = (damaged[1] ?? 0) ^ 0x80;
    expect(() => channel.open(damaged)).toThrow();
    expect(words(channel.open(first))).toBe('one');
    expect(() => channel.open(first)).toThrow();
    node.seal(text('lost'));
    expect(() => channel.open(node.seal(text('three')))).toThrow();
    expect(() => channel.open(channel.seal(text('mine')))).toThrow();
    expect(() => channel.open(text('bare'))).toThrow();
  });
});
