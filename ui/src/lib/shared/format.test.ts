import { afterEach, describe, expect, it } from 'vitest';
import { hueOf, initialOf } from './avatar';
import { bytes, dayName, duration, shortTime } from './format';
import { settings } from './settings.svelte';

const noon = new Date(2026, 4, 20, 12, 0).getTime();
const at = (...when: [number, number, number, number, number]) => new Date(...when).getTime();

afterEach(() => {
  settings.locale = 'en';
});

describe('times', () => {
  it('shortens by distance', () => {
    expect(shortTime(at(2026, 4, 20, 9, 5), noon)).toBe('09:05');
    expect(shortTime(at(2026, 4, 18, 23, 59), noon)).toBe('Mon');
    expect(shortTime(at(2026, 0, 2, 8, 0), noon)).toBe('Jan 2');
    expect(shortTime(at(2025, 11, 31, 8, 0), noon)).toBe('12/31/25');
  });

  it('names days by the calendar, not by 24 hours', () => {
    expect(dayName(at(2026, 4, 20, 0, 1), noon)).toBe('Today');
    expect(dayName(at(2026, 4, 19, 23, 59), noon)).toBe('Yesterday');
    settings.locale = 'zh-Hans';
    expect(dayName(at(2026, 4, 19, 23, 59), noon)).toBe('昨天');
    expect(dayName(at(2026, 4, 16, 12, 0), noon)).toBe('星期六');
  });
});

describe('amounts', () => {
  it('counts bytes in the unit that fits', () => {
    expect(bytes(0)).toBe('0 bytes');
    expect(bytes(999)).toBe('999 bytes');
    expect(bytes(1_500_000)).toBe('1.5 MB');
    expect(bytes(810_400_000)).toBe('810 MB');
  });

  it('never says zero for time that is left', () => {
    expect(duration(0.2)).toBe('1 sec');
    expect(duration(61)).toBe('2 min');
    expect(duration(15 * 86_400)).toBe('15 days');
  });
});

describe('the picture of somebody without one', () => {
  it.each([
    ['mira', 'M'],
    ['  林晓雨', '林'],
    ['👩🏽‍🎨 Ada', '👩🏽‍🎨'],
    ['Élise', 'É'],
    ['   ', '·'],
  ])('%s starts with %s', (name, initial) => expect(initialOf(name)).toBe(initial));

  it('keeps its colour with the person', () => {
    expect(hueOf('a1b2')).toBe(hueOf('a1b2'));
    expect(hueOf('a1b2')).not.toBe(hueOf('a1b3'));
  });
});
