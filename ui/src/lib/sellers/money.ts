import type { Money } from '$lib/ipc';
import { settings } from '$lib/shared';

const MOST = 1_000_000_000_000_000;
const COMMON = ['EUR', 'USD', 'CNY', 'GBP', 'JPY', 'CHF', 'HKD', 'TWD', 'INR', 'KRW', 'PLN', 'SEK'];

/** Digits after the point: 2 for EUR, 0 for JPY. */
export function digitsOf(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** As readers of this window's language write it. */
export function moneyText({ minor, currency }: Money): string {
  try {
    return new Intl.NumberFormat(settings.locale, { style: 'currency', currency }).format(Number(plainAmount({ minor, currency })));
  } catch {
    return `${plainAmount({ minor, currency })} ${currency}`;
  }
}

/** The amount alone, with a point: what a field shows. */
export function plainAmount({ minor, currency }: Money): string {
  const digits = digitsOf(currency);
  const all = String(minor).padStart(digits + 1, '0');
  return digits === 0 ? all : `${all.slice(0, -digits)}.${all.slice(-digits)}`;
}

/**
 * Minor units of a typed amount: with point or comma, grouped or not. Null for what is no amount of this currency,
 * is negative, or is past 10^15.
 */
export function minorOf(typed: string, currency: string): number | null {
  const digits = digitsOf(currency);
  const text = typed.replace(/[\s\u00a0\u202f'’]/g, '');
  const parts = /^(\d[\d.,]*?)(?:([.,])(\d+))?$/.exec(text);
  if (!parts) return null;
  const [, whole = '', mark = '', fraction = ''] = parts;
  const alone = !/[.,]/.test(whole);
  // One mark with three digits after it groups, unless the currency has three; a mark that repeats always does.
  const groups = mark !== '' && (whole.includes(mark) || (alone && fraction.length === 3 && digits !== 3));
  const units = (groups ? whole + fraction : whole).replace(/[.,]/g, '');
  const cents = groups ? '' : fraction;
  if (cents.length > digits) return null;
  const minor = Number(units + cents.padEnd(digits, '0'));
  return Number.isSafeInteger(minor) && minor <= MOST ? minor : null;
}

/** Codes of ISO 4217 that this machine knows, the most used first. */
export function currencies(): { value: string; label: string }[] {
  const names = new Intl.DisplayNames([settings.locale], { type: 'currency' });
  const all = Intl.supportedValuesOf('currency').filter((code) => !COMMON.includes(code));
  return [...COMMON, ...all].map((code) => ({ value: code, label: `${code} · ${names.of(code) ?? code}` }));
}
