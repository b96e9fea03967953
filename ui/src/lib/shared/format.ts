import { m } from '$lib/paraglide/messages';
import { settings } from './settings.svelte';

const DAY_MS = 86_400_000;
const made = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat | Intl.ListFormat>();

function once<T extends Intl.DateTimeFormat | Intl.NumberFormat | Intl.ListFormat>(key: string, make: (locale: string) => T): T {
  const full = `${settings.locale} ${key}`;
  let format = made.get(full) as T | undefined;
  if (!format) {
    format = make(settings.locale);
    made.set(full, format);
  }
  return format;
}

function date(time: number, options: Intl.DateTimeFormatOptions): string {
  return once(JSON.stringify(options), (locale) => new Intl.DateTimeFormat(locale, options)).format(time);
}

function number(value: number, options: Intl.NumberFormatOptions): string {
  return once(JSON.stringify(options), (locale) => new Intl.NumberFormat(locale, options)).format(value);
}

/** Hours and minutes. Times are milliseconds since 1970, here and below. */
export function clock(time: number): string {
  return date(time, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

/** Today, Yesterday, a weekday within the week, else a date. */
export function dayName(time: number, now = Date.now()): string {
  const days = daysAgo(time, now);
  if (days === 0) return m.shared_today();
  if (days === 1) return m.shared_yesterday();
  if (days > 1 && days < 7) return date(time, { weekday: 'long' });
  if (sameYear(time, now)) return date(time, { weekday: 'short', day: 'numeric', month: 'long' });
  return date(time, { day: 'numeric', month: 'long', year: 'numeric' });
}

/** For the corner of a list row: the clock today, then a weekday, then a date. */
export function shortTime(time: number, now = Date.now()): string {
  const days = daysAgo(time, now);
  if (days <= 0) return clock(time);
  if (days < 7) return date(time, { weekday: 'short' });
  if (sameYear(time, now)) return date(time, { day: 'numeric', month: 'short' });
  return date(time, { day: 'numeric', month: 'numeric', year: '2-digit' });
}

export function fullTime(time: number): string {
  return date(time, { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' });
}

export function bytes(size: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  const step = size < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
  const value = size / 1000 ** step;
  return number(value, {
    style: 'unit',
    unit: units[step],
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  });
}

/** Bytes a second. */
export function rate(size: number): string {
  return m.shared_per_second({ amount: bytes(size) });
}

/** The largest fitting unit, rounded up, so that it never says zero. */
export function duration(seconds: number): string {
  const [value, unit] =
    seconds < 60
      ? [seconds, 'second']
      : seconds < 3600
        ? [seconds / 60, 'minute']
        : seconds < 86_400
          ? [seconds / 3600, 'hour']
          : [seconds / 86_400, 'day'];
  return number(Math.max(1, Math.ceil(value)), { style: 'unit', unit, unitDisplay: unit === 'day' ? 'long' : 'short' });
}

export function count(value: number): string {
  return number(value, {});
}

export function listOf(names: string[]): string {
  return once('list', (locale) => new Intl.ListFormat(locale, { type: 'conjunction' })).format(names);
}

function daysAgo(time: number, now: number): number {
  return Math.round((midnight(now) - midnight(time)) / DAY_MS);
}

function midnight(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}

function sameYear(time: number, now: number): boolean {
  return new Date(time).getFullYear() === new Date(now).getFullYear();
}
