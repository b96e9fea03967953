import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, describe, expect, it } from 'vitest';
import { use, type Share, type ShareItem } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { contact } from '../../../tests/samples';
import { Album } from './album.svelte';
import AlbumView from './AlbumView.svelte';
import { Selection } from './selection.svelte';
import { shares } from './shares.svelte';
import ShareTile from './ShareTile.svelte';

const MB = 1_000_000;

function share(rest: Partial<Share> = {}): Share {
  return {
    id: 's1', name: 'Harbour', owner: contact().person, mine: false, with: [], at: 1, expires: Date.now() + 15 * 86_400_000,
    state: 'open', count: 10, size: 20 * MB, here: 0, wanted: 0, paused: false, done: 0, rate: 0, goal: 0, problems: [], cover: [],
    ...rest,
  };
}

function item(index: number, rest: Partial<ShareItem> = {}): ShareItem {
  return { index, name: `${String(index)}.jpg`, hash: '', size: 2 * MB, width: 3, height: 2, thumbnail: '', preview: '', state: 'listed', done: 0, ...rest };
}

const button = (name: string | RegExp) => screen.queryByRole('button', { name });

describe('a share’s tile', () => {
  let node: FakeTransport;

  beforeEach(() => {
    shares.byId.clear();
    node = new FakeTransport({
      'share.fetch': () => ({}),
      'share.pause': () => ({}),
      'share.cancel': () => ({}),
      'share.show': () => ({ share: share(), items: [item(1), item(2, { state: 'wanted', size: 6 * MB }), item(3, { state: 'here' })], fetched: [] }),
    });
    use(node);
  });

  const tile = (rest: Partial<Share>) => {
    shares.byId.set('s1', share(rest));
    return render(ShareTile, { share: 's1', name: 'Harbour', count: 10, onchoose() {} });
  };
  const asked = () => node.asked.map((ask) => [ask.verb, ask.args]);

  it('asks for everything or lets choose when nothing is here', async () => {
    tile({});
    expect(button('Choose…')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Get all' }));
    expect(asked()).toEqual([['share.fetch', { share: 's1', only: [] }]]);
  });

  it('shows pictures, bytes, rate and time left while fetching, and pauses', async () => {
    tile({ here: 4, wanted: 6, done: 10 * MB, goal: 20 * MB, rate: 2 * MB });
    expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('50');
    for (const words of ['4 of 10 pictures', '5 sec left', '10 MB of 20 MB', '2 MB/s']) expect(screen.getByText(words)).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Pause' }));
    expect(asked()).toEqual([['share.pause', { share: 's1', paused: true }]]);
  });

  it('measures a chosen part by the bytes of that part', async () => {
    tile({ here: 1, wanted: 1, done: 4 * MB, goal: 8 * MB, rate: MB });
    expect(await screen.findByText('4 MB of 8 MB')).toBeTruthy();
    expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('50');
  });

  it('follows the share from paused to complete to ended', async () => {
    tile({ here: 4, wanted: 6, paused: true });
    expect(screen.getByText('Paused')).toBeTruthy();
    expect(button('Go on')).toBeTruthy();
    shares.byId.set('s1', share({ here: 10 }));
    expect(await screen.findByText('All here')).toBeTruthy();
    expect(button('Cancel')).toBeNull();
    shares.byId.set('s1', share({ here: 0, state: 'revoked' }));
    expect(await screen.findByText('This share has ended. What you saved is yours.')).toBeTruthy();
    expect(button('Get all')).toBeNull();
  });

  it('names the files that could not be shared', () => {
    tile({ mine: true, problems: [{ file: 'notes.pdf', code: 'picture_unreadable', message: '' }] });
    expect(screen.getByText('1 file could not be shared')).toBeTruthy();
    expect(screen.getByText('notes.pdf')).toBeTruthy();
  });
});

describe('an answer older than a change', () => {
  it('does not undo it', async () => {
    const node = new FakeTransport();
    use(node);
    let list = [share({ here: 1 })];
    node.handlers['share.list'] = async () => {
      const answer = list;
      if (answer[0]?.here === 1) {
        list = [share({ here: 2 })];
        node.tell({ change: 'share', of: share({ here: 2 }) });
      }
      return answer;
    };
    node.handlers['share.show'] = async () => {
      node.tell({ change: 'share_item', of: { share: 's1', item: item(2, { state: 'here' }) } });
      return { share: share(), items: [item(1), item(2)], fetched: [] };
    };
    const album = new Album('s1');
    const stops = [shares.open(share().owner), album.open()];
    await expect.poll(() => shares.loaded(share().owner) && album.loaded).toBe(true);
    for (const stop of stops) stop();
    expect(shares.byId.get('s1')?.here).toBe(2);
    expect(album.items.map((one) => one.state)).toEqual(['listed', 'here']);
  });
});

describe('choosing', () => {
  it('runs ranges from the last one touched, in the order shown', () => {
    const selection = new Selection();
    const order = [1, 2, 3, 4, 5, 6];
    selection.toggle(5);
    selection.range(3, order);
    selection.toggle(1);
    selection.toggle(4);
    expect(selection.of(() => true)).toEqual([1, 3, 5]);
  });

  it('asks for the chosen pictures that are not here yet', async () => {
    const items = [item(1), item(2, { state: 'here' }), item(3, { state: 'fetching' }), item(4, { state: 'failed' }), item(5)];
    const node = new FakeTransport({ 'share.show': () => ({ share: share({ count: 5 }), items, fetched: [] }), 'share.fetch': () => ({}) });
    use(node);
    render(AlbumView, { share: share({ count: 5 }), contact: contact(), onback() {} });
    await fireEvent.click(await screen.findByRole('button', { name: 'Choose all' }));
    await fireEvent.click(screen.getByRole('button', { name: 'Get · 4 MB' }));
    expect(node.asked.at(-1)).toEqual({ verb: 'share.fetch', args: { share: 's1', only: [1, 5] } });
    expect(button('Choose all')).toBeTruthy();
  });
});
