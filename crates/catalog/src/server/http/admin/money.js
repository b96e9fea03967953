// Prices are minor units and a currency; people write major units.

import { language, t } from '/admin/words.js';

function format(currency) {
  try {
    return new Intl.NumberFormat(language(), { style: 'currency', currency: currency.trim().toUpperCase() });
  } catch {
    return null;
  }
}

/** 1250 EUR: `12.50`; 980 JPY: `980`. */
export function majorOf({ minor, currency }) {
  const digits = format(currency)?.resolvedOptions().maximumFractionDigits ?? 2;
  const text = String(minor).padStart(digits + 1, '0');
  return digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text;
}

/** Null for no price, undefined for what is none. */
export function minorOf(text, currency) {
  const bare = text.trim().replace(',', '.');
  if (bare === '') return null;
  const digits = format(currency)?.resolvedOptions().maximumFractionDigits;
  const [, whole, part = ''] = /^(\d{1,13})(?:\.(\d*))?$/.exec(bare) ?? [];
  if (whole === undefined || digits === undefined || part.length > digits) return undefined;
  return Number(whole + part.padEnd(digits, '0'));
}

export const amount = (minor, currency) => ({ minor, currency: currency.trim().toUpperCase() });

export function priceText(price) {
  if (!price) return t('noPrice');
  const numbers = format(price.currency);
  return numbers ? numbers.format(Number(majorOf(price))) : `${price.minor} ${price.currency}`;
}

const NAMES = ['InStock', 'LimitedAvailability', 'PreOrder', 'BackOrder', 'OutOfStock', 'SoldOut', 'Discontinued'];
export const availabilities = () => NAMES.map((name) => [name, t(name)]);
