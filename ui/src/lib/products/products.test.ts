import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tick } from 'svelte';
import { ErrorWithCode, use, type Card, type CardShow } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { settings } from '$lib/shared';
import CardPicture from './CardPicture.svelte';

const LINK = 'https://shop.example/p/1';

function card(rest: Partial<Card> = {}): Card {
  return { picture: 'p1', width: 360, height: 128, title: 'Tripod', price: '€189.00', catalog: 'shop', as_of: 1, offline: false, link: LINK, code: '1', seller: 'Ann', description: '', ...rest };
}

function shown(draw: (args: CardShow) => Card, from: string | null = null) {
  const node = new FakeTransport({ 'card.show': draw });
  use(node);
  render(CardPicture, { link: LINK, from });
  return node;
}

beforeEach(() => localStorage.clear());
afterEach(() => vi.unstubAllGlobals());

describe('a card', () => {
  it('shows the drawn picture with its words, and opens the link', async () => {
    shown(() => card());
    const picture = await screen.findByRole<HTMLImageElement>('img', { name: 'Tripod, €189.00' });
    expect(picture.getAttribute('src')).toBe('/media/p1');
    const link = picture.closest('a');
    expect([link?.href, link?.rel]).toEqual([LINK, 'noopener noreferrer nofollow']);
  });

  it('is drawn anew for another theme, and when the node says so, and never for nothing', async () => {
    let price = '€189.00';
    const node = shown(({ theme }) => card({ picture: theme, price }));
    await screen.findByRole('img', { name: 'Tripod, €189.00' });
    settings.theme = 'dark';
    await vi.waitFor(() => expect(screen.getByRole('img').getAttribute('src')).toBe('/media/dark'));
    price = '€149.00';
    node.tell({ change: 'card', of: { link: 'https://shop.example/p/2' } });
    node.tell({ change: 'card', of: { link: LINK } });
    await screen.findByRole('img', { name: 'Tripod, €149.00' });
    expect(node.asked.map(({ args }) => (args as CardShow).theme)).toEqual(['light', 'dark', 'dark']);
    settings.theme = 'light';
  });

  it('says how old it is when the catalog is away', async () => {
    shown(() => card({ offline: true }));
    expect(await screen.findByText(/^As of/)).toBeTruthy();
  });

  it('names the sender, so that they are asked before the catalog', async () => {
    const node = shown(() => card(), 'b2');
    await screen.findByRole('img', { name: 'Tripod, €189.00' });
    expect(node.asked).toEqual([{ verb: 'card.show', args: { link: LINK, theme: 'light', locale: 'en', scale: 1, from: 'b2' } }]);
  });

  it('asks nobody before it comes into view, and nobody anew once it left', async () => {
    let tell: (is: boolean) => void = () => {};
    vi.stubGlobal(
      'IntersectionObserver',
      class {
        constructor(seen: (entries: { isIntersecting: boolean }[]) => void) {
          tell = (is) => seen([{ isIntersecting: is }]);
        }
        observe() {}
        disconnect() {}
      },
    );
    const node = shown(() => card());
    await tick();
    expect(node.asked).toEqual([]);
    tell(true);
    await screen.findByRole('img', { name: 'Tripod, €189.00' });
    tell(false);
    await tick();
    node.tell({ change: 'card', of: { link: LINK } });
    await tick();
    expect(node.asked).toHaveLength(1);
    expect(screen.getByRole('img', { name: 'Tripod, €189.00' })).toBeTruthy();
  });

  it('is enlarged with everything that is known, at twice the size', async () => {
    const node = shown(() => card({ description: 'Carbon, four legs less one.', seller: 'Ann', code: '4006381333931' }));
    await fireEvent.click(await screen.findByRole('button', { name: 'Enlarge' }));
    const dialog = await screen.findByRole('dialog', { name: 'Tripod' });
    for (const words of ['Carbon, four legs less one.', 'Ann', '4006381333931']) expect(dialog.textContent).toContain(words);
    expect(node.asked.map(({ args }) => (args as CardShow).scale)).toEqual([1, 2]);
  });

  it('says that the catalog is away, and asks again on request', async () => {
    let away = true;
    shown(() => {
      if (away) throw new ErrorWithCode('catalog_unreachable', '');
      return card();
    });
    await screen.findByText(/does not answer/);
    away = false;
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('img', { name: 'Tripod, €189.00' })).toBeTruthy();
  });

  it('leaves a plain link when it cannot be drawn', async () => {
    const node = shown(() => {
      throw new ErrorWithCode('no_card', '');
    });
    await vi.waitFor(() => expect(screen.queryByRole('img')).toBeNull());
    expect(screen.queryByRole('button')).toBeNull();
    expect(node.asked).toHaveLength(1);
  });
});
