import { render, screen } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import { ErrorWithCode, use, type Card, type CardShow } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { settings } from '$lib/shared';
import CardPicture from './CardPicture.svelte';

const LINK = 'https://shop.example/p/1';

function card(rest: Partial<Card> = {}): Card {
  return { picture: 'p1', width: 360, height: 128, title: 'Tripod', price: '€189.00', catalog: 'shop', as_of: 1, offline: false, ...rest };
}

function shown(draw: (args: CardShow) => Card) {
  const node = new FakeTransport({ 'card.show': draw });
  use(node);
  render(CardPicture, { link: LINK });
  return node;
}

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

  it('leaves a plain link when it cannot be drawn', async () => {
    const node = shown(() => {
      throw new ErrorWithCode('catalog_unreachable', '');
    });
    await vi.waitFor(() => expect(screen.queryByRole('img')).toBeNull());
    expect(node.asked).toHaveLength(1);
  });
});
