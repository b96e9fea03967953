import type { Availability, Card, CardRule, Catalog, Draft, Good, Hit, PictureCode, Shop } from '$lib/ipc';
import { ErrorWithCode } from '$lib/ipc';
import type { FakeTransport } from '$lib/ipc/fake';
import { now } from './people';

const HOUR = 3_600_000;
const SHOP = 'https://market.example';

const NAMES: [string, string, number, string][] = [
  ['Thyme honey from Samos, 500 g', '萨摩斯百里香蜂蜜 500 克', 1_450, 'EUR'],
  ['Travel tripod K-4, carbon', '旅行三脚架 K-4，碳纤维', 18_900, 'EUR'],
  ['Olive oil, early harvest, 750 ml', '初榨橄榄油，早收，750 毫升', 2_250, 'EUR'],
  ['Linen shirt, washed, sand', '水洗亚麻衬衫，沙色', 7_900, 'EUR'],
  ['Ceramic cup by hand, blue rim', '手工陶瓷杯，蓝边', 2_800, 'EUR'],
  ['Notebook, dotted, A5, 192 pages, thread bound, opens flat, with two ribbons and a pocket', '点阵笔记本 A5，192 页，线装平摊，双书签带口袋', 1_990, 'EUR'],
  ['煎茶 やぶきた 100g', '煎茶 薮北 100 克', 1_800, 'JPY'],
  ['فانوس نحاسي صغير', 'فانوس نحاسي صغير', 34_500, 'SAR'],
  ['Walnut serving board', '胡桃木砧板', 4_600, 'EUR'],
  ['Merino socks, two pairs', '美利奴羊毛袜两双', 2_400, 'EUR'],
  ['Enamel lantern', '搪瓷灯', 5_200, 'EUR'],
  ['Beeswax candles, six', '蜂蜡蜡烛六支', 1_650, 'EUR'],
];
const STATES: Availability[] = ['in_stock', 'in_stock', 'limited_availability', 'in_stock', 'sold_out', 'pre_order'];

function good(at: number): Good {
  const [name, , minor, currency] = NAMES[at % NAMES.length] ?? ['', '', 0, 'EUR'];
  const code = at % 3 === 0 ? `40063813339${String(31 + at)}`.slice(0, 13) : `SAM-${String(100 + at)}`;
  const draft: Draft = {
    code, gtin: at % 3 === 0 ? code : at % 3 === 1 ? '96385074' : null, name: at < NAMES.length ? name : `${name} (${String(Math.floor(at / NAMES.length) + 1)})`,
    description: at === 0 ? 'Raw honey from wild thyme.\nHarvested in July above Manolates, one keeper, forty hives.' : null,
    brand: at === 0 ? 'Meli Samou' : null, price: { minor, currency }, availability: STATES[at % STATES.length] ?? 'in_stock',
    quantity: at % 4 === 3 ? null : (at * 7) % 40, images: at % 6 === 5 ? [] : [`img${String(at)}`, `img${String(at)}b`].slice(0, 1 + (at % 2)), whole_picture: false,
    url: `${SHOP}/p/${code}`, layout: ['compact', 'wide', 'picture'][at % 3] ?? 'compact', fresh: 3_600,
  };
  return { draft, version: at + 1, withdrawn: at === 7, as_of: now - at * 5 * HOUR };
}

/** Catalogs, rules, codes and a shop on top of a sample node; `?shop=none` has nobody selling, `?shop=empty` no product. */
export function withProducts(node: FakeTransport): void {
  const asked = new URLSearchParams(location.search).get('shop') ?? 'full';
  let catalogs: Catalog[] = asked === 'none' ? [] : [
    { url: SHOP, name: 'Market of Samos', key: '9f3ac1d2'.repeat(8), hosts: ['market.example', '.market.example', 'id.market.example'], new_hosts: ['outlet.example'], taken_hosts: [] },
    { url: 'https://books.example', name: '书店', key: '17be0a44'.repeat(8), hosts: ['books.example'], new_hosts: [], taken_hosts: ['market.example'] },
  ];
  let rules: CardRule[] = asked === 'none' ? [] : [
    { id: 'own-1', host: 'shop.example', path: '/p/([0-9]+)', param: null, value: null, gs1: false, catalog: SHOP, by_hand: true },
    ...['market.example', '.market.example', 'id.market.example', 'old.market.example'].map((host, at): CardRule => ({
      id: `r${String(at)}`, host, path: at === 1 ? null : '/p/([A-Z0-9-]+)', param: at === 1 ? 'id' : null, value: at === 1 ? '([0-9]{13})' : null, gs1: at === 2, catalog: SHOP, by_hand: false,
    })),
  ];
  let shops: Shop[] = asked === 'none' ? [] : [
    { url: SHOP, catalog: 'Market of Samos', seller: 'aino', name: 'Aino’s table', badges: ['verified'], rights: ['products', 'stock'], layouts: ['compact', 'wide', 'picture', 'price', 'kiosk'] },
  ];
  let goods: Good[] = asked === 'full' ? Array.from({ length: 47 }, (_, at) => good(at)) : [];
  const late = <T>(value: T, ms = 150) => new Promise<T>((done) => setTimeout(() => done(value), ms));
  const set = (code: string, change: Partial<Good>, draft: Partial<Draft> = {}) => {
    const one = goods.find((each) => each.draft.code === code);
    if (!one) throw new ErrorWithCode('not_found', code);
    const next = { ...one, ...change, draft: { ...one.draft, ...draft }, version: one.version + 1, as_of: Date.now() };
    goods = [next, ...goods.filter((each) => each !== one)];
    return late(next, 300);
  };

  Object.assign(node.handlers, {
    'card.codes': async ({ thorough }: { thorough: boolean }): Promise<PictureCode[]> => {
      await late(null, 500);
      return thorough || asked === 'full' ? [{ format: 'ean-13', text: '4006381333931', show: '4006381333931' }, ...(thorough ? [{ format: 'qr-code', text: 'WIFI:S:Taverna;T:WPA;P:oinos;;', show: null }] : [])] : [];
    },
    'card.rules.list': () => late([...rules]),
    'card.rules.add': ({ rule }: { rule: CardRule }) => {
      rules = [rule, ...rules.filter(({ id }) => id !== rule.id)];
      return {};
    },
    'card.rules.remove': ({ id }: { id: string }) => {
      rules = rules.filter((rule) => rule.id !== id);
      return {};
    },
    'card.rules.test': ({ text, rule }: { text: string; rule: CardRule | null }) => {
      const found = rule?.path ? new RegExp(`^https?://[^/]+${rule.path}`).exec(text) : null;
      if (!found) throw new ErrorWithCode('no_card', 'no rule recognises the text');
      return { link: found[0], rule: rule?.id ?? '', code: found[1] ?? '', catalog: SHOP };
    },
    'catalog.list': () => late([...catalogs]),
    'catalog.trust': ({ url }: { url: string }) => {
      if (url.includes('away')) throw new ErrorWithCode('catalog_unreachable', url);
      const catalog = { url, name: 'Honey & Co.', key: '5c0ffee5'.repeat(8), hosts: ['honey.example', '.honey.example'], new_hosts: [], taken_hosts: [] };
      catalogs = [...catalogs.filter((one) => one.url !== url), catalog];
      return late(catalog, 400);
    },
    'catalog.forget': ({ url }: { url: string }) => {
      catalogs = catalogs.filter((one) => one.url !== url);
      return {};
    },
    'catalog.answer': ({ url, hosts }: { url: string; hosts: string[] }) => {
      const answers = (one: Catalog) => ({ ...one, hosts: [...one.hosts, ...hosts], new_hosts: one.new_hosts.filter((host) => !hosts.includes(host)) });
      catalogs = catalogs.map((one) => (one.url === url ? answers(one) : one));
      return catalogs.find((one) => one.url === url);
    },
    'catalog.search': async ({ words, after }: { words: string; after: string | null }) => {
      await late(null, 250);
      const hits = Array.from({ length: 47 }, (_, at) => good(at)).filter((one, at) => `${one.draft.name} ${NAMES[at % NAMES.length]?.[1] ?? ''}`.toLowerCase().includes(words.toLowerCase()));
      const from = Number(after ?? 0);
      const page = hits.slice(from, from + 8).map(({ draft }): Hit => ({ code: draft.code, title: draft.name, price: '€14.50', seller: 'Aino’s table', link: `${draft.url}#${draft.name}` }));
      return { hits: page, next: from + 8 < hits.length ? String(from + 8) : null };
    },
    'seller.list': () => late([...shops]),
    'seller.join': ({ url, key }: { url: string; key: string }) => {
      if (!key.startsWith('stoa_')) throw new ErrorWithCode('refused', 'no such key');
      const shop: Shop = { url, catalog: 'Honey & Co.', seller: 'aino', name: 'Aino', badges: [], rights: ['products', 'stock'], layouts: ['compact', 'wide', 'picture', 'price', 'kiosk'] };
      shops = [...shops, shop];
      node.tell({ change: 'shops', of: shops });
      return late(shop, 400);
    },
    'seller.leave': ({ url }: { url: string }) => {
      shops = shops.filter((shop) => shop.url !== url);
      node.tell({ change: 'shops', of: shops });
      return {};
    },
    'seller.products': async ({ words, after }: { words: string | null; after: string | null }) => {
      await late(null, 200);
      const fit = goods.filter(({ draft }) => !words || `${draft.name} ${draft.code}`.toLowerCase().includes(words.toLowerCase()));
      const from = Number(after ?? 0);
      return { goods: fit.slice(from, from + 20), next: from + 20 < fit.length ? String(from + 20) : null };
    },
    'seller.put': async ({ draft, version }: { draft: Draft; version: number | null }) => {
      await late(null, 300);
      const known = goods.find((one) => one.draft.code === draft.code);
      if (draft.name.includes('conflict') && version !== null) throw new ErrorWithCode('changed', 'another version stands');
      const next: Good = { draft, version: (known?.version ?? 0) + 1, withdrawn: false, as_of: Date.now() };
      goods = [next, ...goods.filter((one) => one !== known)];
      return next;
    },
    'seller.patch': ({ code, price, availability, quantity }: { code: string; price: Draft['price']; availability: Availability | null; quantity: number | null }) =>
      set(code, {}, { ...(price && { price }), ...(availability && { availability }), ...(quantity !== null && { quantity }) }),
    'seller.withdraw': ({ code }: { code: string }) => set(code, { withdrawn: true }),
    'seller.photo': ({ code }: { code: string }) => set(code, {}, { images: [`new${String(Date.now())}`] }),
    'seller.import': async ({ dry_run }: { dry_run: boolean }) => {
      await late(null, 700);
      return {
        added: 118, changed: 23, unchanged: 904, refused: 3, dry_run,
        errors: [
          { row: 14, field: 'price', message: '“12,5o EUR” is no amount with a currency' },
          { row: 207, field: 'gtin', message: 'the check digit of 4006381333932 is 1, not 2' },
          { row: 1_031, field: null, message: 'the line has 9 columns where the head has 12' },
        ],
        unused: ['shipping_label', 'custom_label_0'],
        unpublished: 12,
      };
    },
    'seller.export': () => ({}),
    'seller.preview': async ({ draft, theme, locale }: { draft: Draft; theme: string; locale: string }) => late(cardFor(draft.name, draft.price, theme, locale, draft.layout, draft.images[0] ?? ''), 120),
  });

  const show = node.handlers['card.show'];
  node.handlers['card.show'] = async (args) => {
    if (args.link.startsWith('https://shop.example')) return (await show?.(args)) ?? cardFor('?', null, args.theme, args.locale, 'compact', '');
    await late(null, 200);
    if (/^\d+$/.test(args.link) && args.link !== '4006381333931') throw new ErrorWithCode('no_card', args.link);
    const code = args.link.split('/p/')[1]?.split('#')[0];
    const one = Array.from({ length: 47 }, (_, at) => good(at)).find(({ draft }) => draft.code === code) ?? good(0);
    return { ...cardFor(one.draft.name, one.draft.price, args.theme, args.locale, one.draft.layout, one.draft.images[0] ?? ''), link: one.draft.url };
  };
  const media = node.media;
  node.media = (id) => (id.startsWith('drawn|') ? drawn(id) : media(id));
}

const SIZES: Record<string, [number, number]> = { compact: [360, 128], wide: [440, 160], picture: [320, 360], price: [360, 140], kiosk: [480, 560] };

function cardFor(name: string, price: Draft['price'], theme: string, locale: string, layout: string, image: string): Card {
  const [width, height] = SIZES[layout] ?? [360, 128];
  const text = price ? new Intl.NumberFormat(locale, { style: 'currency', currency: price.currency }).format(price.minor / (price.currency === 'JPY' ? 1 : 100)) : '';
  return {
    picture: ['drawn', theme, layout, image, text, name].join('|'), width, height, title: name, price: text, catalog: SHOP, as_of: now - 3 * HOUR, offline: false,
    link: `${SHOP}/p/1`, code: '4006381333931', seller: 'Aino’s table', description: 'Raw honey from wild thyme.\nHarvested in July above Manolates, one keeper, forty hives.',
  };
}

function drawn(id: string): string {
  const [, theme, layout = '', image = '', price = '', ...rest] = id.split('|');
  const name = rest.join('|').replace(/&/g, '&amp;').replace(/</g, '&lt;');
  const [width, height] = SIZES[layout] ?? [360, 128];
  const [ground, ink, soft, line] = theme === 'dark' ? ['#22272d', '#e8e6e1', '#9aa3ae', '#2a3037'] : ['#ffffff', '#1d2126', '#5b6470', '#e2ddd3'];
  const tall = height > width;
  const [pw, ph] = tall ? [width, height - 146] : [height, height];
  const hue = [...(image || name)].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 40);
  const [x, y] = tall ? [16, ph + 30] : [pw + 16, 36];
  const inside = `<rect width="100%" height="100%" rx="14" fill="${ground ?? ''}" stroke="${line ?? ''}"/><clipPath id="c"><rect width="100%" height="100%" rx="14"/></clipPath><g clip-path="url(#c)"><rect width="${String(pw)}" height="${String(ph)}" fill="hsl(${String(hue)} 34% 78%)"/><circle cx="${String(pw * 0.5)}" cy="${String(ph * 0.55)}" r="${String(Math.min(pw, ph) * 0.27)}" fill="hsl(${String(hue + 24)} 46% 46%)"/></g><text x="${String(x)}" y="${String(y)}" font-family="sans-serif" font-weight="600" font-size="15" fill="${ink ?? ''}">${name.slice(0, 26)}</text><text x="${String(x)}" y="${String(y + 20)}" font-family="sans-serif" font-size="12" fill="${soft ?? ''}">Aino’s table ✓</text><text x="${String(x)}" y="${String(height - 18)}" font-family="sans-serif" font-weight="700" font-size="20" fill="${ink ?? ''}">${price}</text>`;
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}" width="${String(width)}" height="${String(height)}">${inside}</svg>`)}`;
}
