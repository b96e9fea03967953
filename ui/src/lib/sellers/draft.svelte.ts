import { call, pictures, type Availability, type Draft, type Good, type Shop } from '$lib/ipc';
import { failureOf, type Failure } from './errors';
import { minorOf, plainAmount } from './money';

export const LONGEST = { code: 128, gtin: 24, name: 300, description: 4_000, brand: 100, url: 2_048 };
export const MOST_PICTURES = 8;
const MOST_PIECES = 4_294_967_295;
const HOUR = 3_600;

/** A picture chosen and not yet with the catalog: a file of this page, or a path of the node's machine. */
export interface Waiting {
  id: number;
  file: File | null;
  path: string | null;
}

export type Field = 'code' | 'gtin' | 'name' | 'price' | 'quantity' | 'url';

/** A product while it is written: fields as typed, the version it began from, pictures that wait. */
export class ProductForm {
  readonly shop: Shop;
  readonly isNew: boolean;
  code = $state('');
  gtin = $state('');
  name = $state('');
  description = $state('');
  brand = $state('');
  price = $state('');
  currency = $state('EUR');
  availability = $state<Availability>('in_stock');
  quantity = $state('');
  url = $state('');
  layout = $state('compact');
  whole = $state(false);
  fresh = $state(HOUR);
  images = $state.raw<readonly string[]>([]);
  waiting = $state.raw<readonly Waiting[]>([]);
  /** Saving was tried: from then on missing fields are pointed at. */
  tried = $state(false);
  saving = $state(false);
  failed = $state<Failure | null>(null);
  #version: number;
  #begun: string;
  #next = 1;

  readonly wrong = $derived<ReadonlySet<Field>>(new Set(this.#wrong()));
  readonly checkDigit = $derived(checkOf(this.code.trim()));

  constructor(shop: Shop, good: Good | null, like: Draft | null = null) {
    this.shop = shop;
    this.isNew = good === null;
    this.#version = good?.version ?? 0;
    this.layout = shop.layouts[0] ?? 'compact';
    if (good) this.#take(good.draft);
    else if (like) {
      this.currency = like.price?.currency ?? this.currency;
      this.layout = like.layout;
      this.fresh = like.fresh;
    }
    this.#begun = JSON.stringify(this.draft);
  }

  /** As the catalog takes it, and good enough to draw while it is incomplete. */
  get draft(): Draft {
    const minor = minorOf(this.price, this.currency);
    const code = this.code.trim();
    return {
      code,
      gtin: digitsOf(this.gtin) || (checkOf(code) === 'right' ? code : null),
      name: this.name.trim(),
      description: this.description.trim() || null,
      brand: this.brand.trim() || null,
      price: this.price.trim() === '' || minor === null ? null : { minor, currency: this.currency },
      availability: this.availability,
      quantity: this.quantity.trim() === '' ? null : Number(this.quantity),
      images: [...this.images],
      whole_picture: this.whole,
      url: this.url.trim(),
      layout: this.layout,
      fresh: this.fresh,
    };
  }

  /** Something was written that is not saved. */
  get changed(): boolean {
    return this.waiting.length > 0 || JSON.stringify(this.draft) !== this.#begun;
  }

  /** Pictures that can still be added. */
  get room(): number {
    return MOST_PICTURES - this.images.length - this.waiting.length;
  }

  add(what: { paths: string[] } | { files: File[] }): void {
    const all = 'paths' in what ? what.paths.map((path) => ({ path, file: null })) : what.files.map((file) => ({ path: null, file }));
    this.waiting = [...this.waiting, ...all.slice(0, Math.max(0, this.room)).map((one) => ({ id: this.#next++, ...one }))];
  }

  drop(what: string | number): void {
    if (typeof what === 'string') this.images = this.images.filter((image) => image !== what);
    else this.waiting = this.waiting.filter(({ id }) => id !== what);
  }

  /** The card shows the first. */
  first(image: string): void {
    this.images = [image, ...this.images.filter((other) => other !== image)];
  }

  /** Writes the product, then its new pictures. `over` replaces whatever version stands. True when all is done. */
  async save(over = false): Promise<boolean> {
    this.tried = true;
    if (this.wrong.size > 0 || this.saving) return false;
    this.saving = true;
    this.failed = null;
    const { url } = this.shop;
    try {
      const put = await call('seller.put', { url, draft: this.draft, version: over ? null : this.#version });
      this.#version = put.version;
      for (const one of this.waiting) {
        const [path] = one.file ? await pictures.upload([one.file]) : [one.path];
        if (path) {
          const good = await call('seller.photo', { url, code: put.draft.code, path });
          this.#version = good.version;
          this.images = good.draft.images;
        }
        this.waiting = this.waiting.filter((other) => other !== one);
      }
      return true;
    } catch (reason) {
      this.failed = failureOf(reason);
      return false;
    } finally {
      this.saving = false;
    }
  }

  /** Begins anew from what the catalog has. */
  restart(good: Good): void {
    this.#version = good.version;
    this.#take(good.draft);
    this.#begun = JSON.stringify(this.draft);
    this.failed = null;
  }

  #take(draft: Draft): void {
    this.code = draft.code;
    this.gtin = draft.gtin !== null && sameGtin(draft.gtin, draft.code) ? '' : (draft.gtin ?? '');
    this.name = draft.name;
    this.description = draft.description ?? '';
    this.brand = draft.brand ?? '';
    this.price = draft.price ? plainAmount(draft.price) : '';
    this.currency = draft.price?.currency ?? this.currency;
    this.availability = draft.availability;
    this.quantity = draft.quantity === null ? '' : String(draft.quantity);
    this.url = draft.url;
    this.layout = draft.layout;
    this.whole = draft.whole_picture;
    this.fresh = draft.fresh;
    this.images = draft.images;
  }

  #wrong(): Field[] {
    const wrong: Field[] = [];
    if (this.code.trim() === '') wrong.push('code');
    if (digitsOf(this.gtin) !== '' && checkOf(digitsOf(this.gtin)) !== 'right') wrong.push('gtin');
    if (this.name.trim() === '') wrong.push('name');
    if (this.price.trim() !== '' && minorOf(this.price, this.currency) === null) wrong.push('price');
    if (!isCount(this.quantity)) wrong.push('quantity');
    if (!isPage(this.url.trim())) wrong.push('url');
    return wrong;
  }
}

/** One number, whatever zeros it is printed with. */
export function sameGtin(one: string, other: string): boolean {
  return checkOf(one) === 'right' && checkOf(other) === 'right' && one.padStart(14, '0') === other.padStart(14, '0');
}

export function isCount(text: string): boolean {
  const plain = text.trim();
  return plain === '' || (/^\d{1,10}$/.test(plain) && Number(plain) <= MOST_PIECES);
}

function isPage(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && hostname !== '';
}

/** A number as it was pasted, without what books print between its parts. */
export function digitsOf(number: string): string {
  return number.replace(/[\s-]/g, '');
}

/** GTIN-8, -12, -13 or -14: whether the last digit is the right one (GS1 General Specifications, 7.9). */
export function checkOf(code: string): 'right' | 'wrong' | 'none' {
  if (!/^(\d{8}|\d{12,14})$/.test(code)) return 'none';
  const digits = [...code].reverse().map(Number);
  const sum = digits.reduce((total, digit, at) => total + digit * (at % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0 ? 'right' : 'wrong';
}
