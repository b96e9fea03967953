import type { Card, Catalog, Draft, Good, Shop } from '$lib/ipc';

export const MARKET = 'https://market.example';

export function card(rest: Partial<Card> = {}): Card {
  return {
    picture: 'p1', width: 360, height: 128, title: 'Honey', price: '€14.50', catalog: MARKET, as_of: 1, offline: false,
    link: `${MARKET}/p/1`, code: '4006381333931', seller: 'Ann', description: '', ...rest,
  };
}

export function catalog(rest: Partial<Catalog> = {}): Catalog {
  return { url: MARKET, name: 'Market', key: 'ab'.repeat(32), hosts: ['market.example'], new_hosts: [], taken_hosts: [], ...rest };
}

export function shop(rest: Partial<Shop> = {}): Shop {
  return { url: MARKET, catalog: 'Market', seller: 'ann', name: 'Ann', badges: [], rights: ['products', 'stock'], layouts: ['compact', 'picture'], ...rest };
}

export function good(rest: Partial<Draft> = {}, state: Partial<Omit<Good, 'draft'>> = {}): Good {
  const draft: Draft = {
    code: 'A1', gtin: null, name: 'Honey', description: null, brand: null, price: { minor: 1450, currency: 'EUR' }, availability: 'in_stock',
    quantity: 7, images: [], whole_picture: false, url: `${MARKET}/p/A1`, layout: 'compact', fresh: 3600, ...rest,
  };
  return { draft, version: 3, withdrawn: false, as_of: 1, ...state };
}
