// Writes src/cldr.tsv from CLDR as Node's Intl carries it: `node layouts/cldr.mjs`. One line a locale: tag, decimal mark, group mark,
// digits before the first group mark, size of the further groups, patterns for an amount and a negative one (# the figure, ¤ the
// symbol), then every symbol that is not the currency's code. A second file, tests/prices.tsv, holds amounts as Intl writes them.
import { writeFileSync } from 'node:fs';

const LOCALES = ['en', 'en-GB', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl', 'sv', 'el', 'tr', 'ru', 'uk', 'ar', 'he', 'hi', 'th', 'vi', 'id', 'ja', 'ko', 'zh-Hans', 'zh-Hant'];
// ISO 4217, list one: minor units other than two. CLDR's own digits are those of cash and would lose cents.
const ISO_DIGITS = {
	0: ['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'],
	3: ['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'],
	4: ['CLF', 'UYW'],
};
const digits = (currency) => Number(Object.keys(ISO_DIGITS).find((count) => ISO_DIGITS[count].includes(currency)) ?? 2);

function format(locale, currency, amount) {
	const count = digits(currency);
	return new Intl.NumberFormat(locale, { style: 'currency', currency, minimumFractionDigits: count, maximumFractionDigits: count }).formatToParts(amount);
}

const FIGURE = ['integer', 'group', 'decimal', 'fraction'];

function pattern(locale, currency, amount) {
	const written = format(locale, currency, amount).map(({ type, value }) => (FIGURE.includes(type) ? '#' : type === 'currency' ? '¤' : value));
	return written.join('').replace(/#+/, '#');
}

// With the direction marks that some symbols carry, without the space that holds letters apart from the figure.
function symbol(locale, currency) {
	const parts = format(locale, currency, 1);
	const text = (kept) => kept.map((part) => part.value).join('');
	const figure = text(parts.filter((part) => FIGURE.includes(part.type)));
	const [before, after] = pattern(locale, 'EUR', 1).replace('#', figure).split('¤');
	const whole = text(parts);
	if (!whole.startsWith(before) || !whole.endsWith(after)) throw new Error(`${locale} ${currency}: ${whole}`);
	return whole.slice(before.length, whole.length - after.length).replace(/\u00a0$/, '');
}

function line(locale) {
	const large = format(locale, 'EUR', 1234567.89);
	const value = (type) => large.find((part) => part.type === type).value;
	const groups = large.filter((part) => part.type === 'integer').map((part) => part.value.length);
	const least = [1234, 12345].findIndex((amount) => format(locale, 'EUR', amount).some((part) => part.type === 'group')) + 4;
	const symbols = Intl.supportedValuesOf('currency').map((code) => [code, symbol(locale, code)]);
	const named = symbols.filter(([code, symbol]) => code !== symbol).map((pair) => pair.join('='));
	return [locale, value('decimal'), value('group'), least, groups.at(-2), pattern(locale, 'EUR', 1), pattern(locale, 'EUR', -1), ...named].join('\t');
}

const minor = (amount, currency) => Math.round(amount * 10 ** digits(currency));
const prices = LOCALES.flatMap((locale) =>
	['EUR', 'USD', 'CHF', 'CNY', 'JPY', 'KWD', 'INR', 'ILS', 'XOF'].flatMap((currency) =>
		[0.05, 12.5, 1234.5, -1234567.89].map((amount) => {
			const exact = minor(amount, currency) / 10 ** digits(currency);
			const written = format(locale, currency, exact).map((part) => part.value).join('');
			return [locale, currency, minor(amount, currency), written].join('\t');
		}),
	),
);

const write = (file, lines) => writeFileSync(new URL(file, import.meta.url), lines.join('\n') + '\n');
write('src/cldr.tsv', [`# ICU ${process.versions.icu}, CLDR ${process.versions.cldr}; written by cldr.mjs`, ...LOCALES.map(line)]);
write('tests/prices.tsv', prices);
