import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { ErrorWithCode, use, type Good, type SellerPatch, type SellerPut, type Shop } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { card, good, MARKET, shop } from '../../../tests/products';
import { checkOf, isCount, ProductForm, sameGtin } from './draft.svelte';
import { minorOf, moneyText, plainAmount } from './money';
import SellerView from './SellerView.svelte';

function selling(goods: Good[] = [good()], shops: Shop[] = [shop()]) {
  const node = new FakeTransport({
    'seller.list': () => [...shops],
    'seller.join': ({ url, key }) => {
      if (key !== 'stoa_right') throw new ErrorWithCode('refused', '');
      shops.push(shop({ url }));
      node.tell({ change: 'shops', of: [...shops] });
      return shop({ url });
    },
    'seller.leave': ({ url }) => {
      shops.splice(shops.findIndex((one) => one.url === url), 1);
      node.tell({ change: 'shops', of: [...shops] });
      return {};
    },
    'seller.products': ({ words }) => ({ goods: goods.filter(({ draft }) => !words || draft.name.includes(words) || draft.code.includes(words)), next: null }),
    'seller.patch': ({ code, price, availability, quantity }: SellerPatch) => {
      const at = goods.findIndex(({ draft }) => draft.code === code);
      const known = goods[at] ?? good();
      const next = good({ ...known.draft, ...(price && { price }), ...(availability && { availability }), ...(quantity !== null && { quantity }) }, { as_of: 9 });
      // Newest change first, as the catalog answers.
      goods.splice(at, 1);
      goods.unshift(next);
      return next;
    },
    'seller.put': ({ draft, version }: SellerPut) => {
      const at = goods.findIndex((one) => one.draft.code === draft.code);
      const known = goods[at];
      if (version !== null && version !== (known?.version ?? 0)) throw new ErrorWithCode('changed', '');
      const next = good(draft, { version: (known?.version ?? 0) + 1, as_of: 9 });
      if (at >= 0) goods.splice(at, 1);
      goods.unshift(next);
      return next;
    },
    'seller.photo': ({ code }) => good({ code, images: ['h1'] }, { version: 99 }),
    'seller.withdraw': ({ code }) => {
      const at = goods.findIndex(({ draft }) => draft.code === code);
      goods[at] = { ...(goods[at] ?? good()), withdrawn: true };
      return goods[at];
    },
    'seller.preview': ({ draft }) => card({ title: draft.name }),
    'seller.import': ({ dry_run }) => ({ added: 2, changed: 1, unchanged: 5, refused: 1, dry_run, errors: [{ row: 14, field: 'price', message: 'no amount' }], unused: ['custom_label_0'], unpublished: 4 }),
    'seller.export': () => ({}),
  });
  use(node);
  const { unmount } = render(SellerView, { onback() {} });
  const asked = (verb: string) => node.asked.filter((one) => one.verb === verb).map(({ args }) => args);
  return { node, asked, goods, unmount };
}

const type = (label: string | RegExp, value: string) => fireEvent.input(screen.getByLabelText(label), { target: { value } });

describe('money', () => {
  it('is read as people write it', () => {
    for (const [typed, currency, minor] of [
      ['14.50', 'EUR', 1450], ['14,5', 'EUR', 1450], ['14', 'EUR', 1400], ['1,299', 'EUR', 129900], ['1.299,50', 'EUR', 129950], ['1,299.50', 'USD', 129950],
      ['1 299,50', 'EUR', 129950], ['1,234,567', 'USD', 123456700], ['1800', 'JPY', 1800], ['1,800', 'JPY', 1800], ['0', 'EUR', 0], ['1.234', 'KWD', 1234],
    ] as const) expect(minorOf(typed, currency), typed).toBe(minor);
    for (const [typed, currency] of [['', 'EUR'], ['12,5o', 'EUR'], ['-3', 'EUR'], ['14.505', 'KWD1'], ['1.5', 'JPY'], ['14.5055', 'EUR'], ['99999999999999999', 'EUR']] as const) {
      if (currency !== 'KWD1') expect(minorOf(typed, currency), typed).toBeNull();
    }
  });

  it('is shown by currency, without floating point', () => {
    expect(moneyText({ minor: 1450, currency: 'EUR' })).toBe('€14.50');
    expect(plainAmount({ minor: 5, currency: 'EUR' })).toBe('0.05');
    expect(plainAmount({ minor: 1800, currency: 'JPY' })).toBe('1800');
  });
});

describe('codes and counts', () => {
  it('know a GTIN by its check digit', () => {
    for (const right of ['96385074', '036000291452', '4006381333931', '10614141000415']) expect(checkOf(right), right).toBe('right');
    expect(checkOf('4006381333932')).toBe('wrong');
    for (const none of ['SAM-1', '123', '12345678901234567']) expect(checkOf(none), none).toBe('none');
    expect([sameGtin('036000291452', '00036000291452'), sameGtin('96385074', '4006381333931'), sameGtin('1', '1')]).toEqual([true, false, false]);
    expect([isCount(''), isCount('7'), isCount('-1'), isCount('1.5'), isCount('4294967296')]).toEqual([true, true, false, false, false]);
  });
});

describe('my products', () => {
  it('begin with an address and a key', async () => {
    const { asked } = selling([], []);
    await screen.findByText('Sell in a catalog');
    await type('Address of the catalog', 'market.example');
    const key = screen.getByLabelText<HTMLInputElement>('Your key');
    expect(key.type).toBe('password');
    await type('Your key', 'stoa_wrong');
    await fireEvent.submit(key);
    expect((await screen.findByRole('alert')).textContent).toContain('does not take this key');
    await type('Your key', 'stoa_right');
    await fireEvent.submit(key);
    expect(await screen.findByText('No products yet')).toBeTruthy();
    expect(asked('seller.join').at(-1)).toEqual({ url: MARKET, key: 'stoa_right' });
  });

  it('change price and stock in place, and keep their order', async () => {
    const { asked } = selling([good(), good({ code: 'B2', name: 'Oil' })]);
    const price = await screen.findByLabelText<HTMLInputElement>('Price of Oil');
    expect(price.value).toBe('€14.50');
    await fireEvent.focus(price);
    expect(price.value).toBe('14.50');
    await fireEvent.input(price, { target: { value: '12,5x' } });
    await fireEvent.blur(price);
    expect((await screen.findByRole('alert')).textContent).toContain('no amount');
    expect(asked('seller.patch')).toEqual([]);
    await fireEvent.focus(price);
    await fireEvent.input(price, { target: { value: '12,50' } });
    await fireEvent.blur(price);
    await expect.poll(() => asked('seller.patch')).toEqual([{ url: MARKET, code: 'B2', price: { minor: 1250, currency: 'EUR' }, availability: null, quantity: null }]);
    await expect.poll(() => screen.getByLabelText<HTMLInputElement>('Price of Oil').value).toBe('€12.50');
    expect(screen.getAllByLabelText(/^Price of/).map((field) => field.getAttribute('aria-label'))).toEqual(['Price of Honey', 'Price of Oil']);
    await fireEvent.change(screen.getByLabelText('Availability of Honey'), { target: { value: 'sold_out' } });
    await expect.poll(() => asked('seller.patch').at(-1)).toEqual({ url: MARKET, code: 'A1', price: null, availability: 'sold_out', quantity: null });
  });

  it('offer a key for stock nothing but price and stock', async () => {
    selling([good()], [shop({ rights: ['stock'] })]);
    expect(await screen.findByLabelText('Price of Honey')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Add a product' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Honey' })).toBeNull();
  });

  it('are added with what is missing pointed at, and a preview while they are written', async () => {
    const { asked } = selling([]);
    const [add] = await screen.findAllByRole('button', { name: 'Add a product' });
    if (add) await fireEvent.click(add);
    await fireEvent.click(await screen.findByRole('button', { name: 'Save' }));
    expect(screen.getByText('A product needs a name.')).toBeTruthy();
    expect(asked('seller.put')).toEqual([]);
    await type('Name', 'Thyme honey');
    await type('Code', '4006381333931');
    expect(screen.getByText(/^A GTIN/)).toBeTruthy();
    await type('Page of the product', 'https://market.example/p/1');
    await type('Price', '14,50');
    expect(await screen.findByRole('img', { name: /Thyme honey/ })).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    await expect.poll(() => asked('seller.put')[0]).toMatchObject({
      url: MARKET, version: 0, draft: { code: '4006381333931', gtin: '4006381333931', name: 'Thyme honey', price: { minor: 1450, currency: 'EUR' }, layout: 'compact' },
    });
    expect(await screen.findByLabelText('Price of Thyme honey')).toBeTruthy();
  });

  it('keep a GTIN beside their code, with its check digit looked at', async () => {
    const { asked } = selling();
    await fireEvent.click(await screen.findByRole('button', { name: 'Honey' }));
    await type(/^GTIN/, '4006381333932');
    expect(screen.getByText(/not the check digit/)).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(asked('seller.put')).toEqual([]);
    await type(/^GTIN/, '40063813');
    expect(screen.getByText(/not the check digit/)).toBeTruthy();
    await type(/^GTIN/, '400638');
    expect(screen.getByText(/8, 12, 13 or 14 digits/)).toBeTruthy();
    await type(/^GTIN/, '4006381333931');
    await fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    await expect.poll(() => asked('seller.put').at(-1)).toMatchObject({ draft: { code: 'A1', gtin: '4006381333931' } });
  });

  it('say at the GTIN that another product has it', async () => {
    const { node } = selling();
    node.handlers['seller.put'] = () => {
      throw new ErrorWithCode('gtin_taken', '');
    };
    await fireEvent.click(await screen.findByRole('button', { name: 'Honey' }));
    await type(/^GTIN/, '96385074');
    await fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('Another product of this catalog has this GTIN. Leave it out, or withdraw the other one.')).toBeTruthy();
    expect(screen.getByRole('alert').textContent).toContain('Another product');
    expect(screen.getByLabelText<HTMLInputElement>(/^GTIN/).value).toBe('96385074');
  });

  it('say when somebody else changed a product, and overwrite only when told to', async () => {
    const { asked, goods } = selling();
    await fireEvent.click(await screen.findByRole('button', { name: 'Honey' }));
    goods[0] = good({ name: 'Their honey' }, { version: 4 });
    await type('Name', 'My honey');
    await fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect((await screen.findByRole('alert')).textContent).toContain('was changed since you opened it');
    expect(screen.getByLabelText<HTMLInputElement>('Name').value).toBe('My honey');
    await fireEvent.click(screen.getByRole('button', { name: 'Load the newer version' }));
    await expect.poll(() => screen.getByLabelText<HTMLInputElement>('Name').value).toBe('Their honey');
    await type('Name', 'Our honey');
    await fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    await expect.poll(() => asked('seller.put').at(-1)).toMatchObject({ version: 4, draft: { name: 'Our honey' } });
  });

  it('are not lost by going back', async () => {
    selling();
    await fireEvent.click(await screen.findByRole('button', { name: 'Honey' }));
    await type('Name', 'Honey, new');
    await fireEvent.click(screen.getByRole('button', { name: 'Back' }));
    await fireEvent.click(await screen.findByRole('button', { name: 'Discard' }));
    expect(await screen.findByLabelText('Price of Honey')).toBeTruthy();
  });

  it('are withdrawn after a second word', async () => {
    const { asked } = selling();
    await fireEvent.pointerDown(await screen.findByRole('button', { name: 'More about Honey' }), { button: 0, pointerType: 'mouse' });
    await fireEvent.click(await screen.findByRole('menuitem', { name: 'Withdraw' }));
    expect(asked('seller.withdraw')).toEqual([]);
    await fireEvent.click(await screen.findByRole('button', { name: 'Withdraw' }));
    expect(await screen.findByText('Withdrawn')).toBeTruthy();
  });

  it('come from a feed, tried before anything changes', async () => {
    const { node, asked } = selling([]);
    await fireEvent.click(await screen.findByRole('button', { name: 'Import a feed' }));
    const dialog = within(await screen.findByRole('dialog'));
    node.drop(['/home/ann/feed.csv']);
    expect(await dialog.findByText('no amount')).toBeTruthy();
    expect(dialog.getByText('14')).toBeTruthy();
    expect(dialog.getByText('Columns that were not used: custom_label_0')).toBeTruthy();
    expect(dialog.getByText('Left out because the shop does not offer them: 4')).toBeTruthy();
    expect(asked('seller.import')).toEqual([{ url: MARKET, path: '/home/ann/feed.csv', dry_run: true }]);
    await fireEvent.click(dialog.getByRole('button', { name: 'Import 3 products' }));
    expect(await dialog.findByText('Imported')).toBeTruthy();
    expect(asked('seller.import').at(-1)).toEqual({ url: MARKET, path: '/home/ann/feed.csv', dry_run: false });
  });
});

describe('a product that is written', () => {
  it('sends its new pictures after itself, and goes on from the version they made', async () => {
    const { node, unmount } = selling();
    unmount();
    const form = new ProductForm(shop(), good());
    form.add({ files: [new File(['x'], 'jar.jpg', { type: 'image/jpeg' })] });
    expect(await form.save()).toBe(true);
    const [put, photo] = node.asked.filter(({ verb }) => verb === 'seller.put' || verb === 'seller.photo');
    expect((put?.args as SellerPut).version).toBe(3);
    expect(photo?.args).toEqual({ url: MARKET, code: 'A1', path: '/uploads/jar.jpg' });
    expect([form.waiting, form.images]).toEqual([[], ['h1']]);
  });
});
