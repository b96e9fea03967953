import { describe, expect, it } from 'vitest';
import type { Message } from '$lib/ipc';
import { message } from '../../../tests/samples';
import { parts } from './links';
import { rows } from './rows';
import { Stick } from './stick';

const NOON = new Date(2026, 2, 4, 12, 0).getTime();
const MINUTE = 60_000;

describe('links', () => {
  const links = (text: string) => parts(text).flatMap((part) => part.href ?? []);

  it('ends a link where the sentence goes on', () => {
    expect(links('See https://shop.example/p/1, or (https://a.example/x_(y)).')).toEqual([
      'https://shop.example/p/1',
      'https://a.example/x_(y)',
    ]);
    expect(links('看这个https://shop.example/p/1，打折。')).toEqual(['https://shop.example/p/1']);
  });

  it('takes nothing but http and https', () => {
    expect(links('javascript:alert(1) file:///etc/passwd stoa://invite/x http://')).toEqual([]);
  });

  it('loses no letter', () => {
    const text = 'a https://x.example b  https://y.example/?q=1.\nc';
    expect(parts(text).map((part) => part.text).join('')).toBe(text);
  });
});

describe('rows', () => {
  const at = (minutes: number, author: string): Message => message({ id: `${author}${String(minutes)}`, author, at: NOON + minutes * MINUTE });

  it('groups an author’s messages within five minutes', () => {
    const shown = rows([at(0, 'a'), at(4, 'a'), at(10, 'a'), at(11, 'b')], null);
    expect(shown.map((row) => [row.first, row.last])).toEqual([[true, false], [false, true], [true, true], [true, true]]);
    expect(shown.map((row) => row.day)).toEqual([true, false, false, false]);
  });

  it('begins a group at a new day and at the first new message', () => {
    const shown = rows([at(719, 'a'), at(721, 'a'), at(722, 'a')], 'a722');
    expect(shown.map((row) => [row.day, row.unread, row.first])).toEqual([
      [true, false, true],
      [true, false, true],
      [false, true, true],
    ]);
  });
});

describe('a list that sticks to its end', () => {
  it('stays at the end while content grows below', () => {
    const stick = new Stick();
    expect(stick.scrolled(500, 500, 1000)).toBe(true);
    // A message came in, and the list corrects its offset downwards.
    expect(stick.scrolled(560, 500, 1300)).toBe(true);
  });

  it('lets go only when the reader scrolls up, and takes hold again at the end', () => {
    const stick = new Stick();
    stick.scrolled(500, 500, 1000);
    expect(stick.scrolled(400, 500, 1000)).toBe(false);
    expect(stick.scrolled(440, 500, 1200)).toBe(false);
    expect(stick.scrolled(680, 500, 1200)).toBe(true);
  });
});
