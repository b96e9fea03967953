import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { use, type Scheme } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { look, media, own, OWNER } from '../../../tests/samples';
import { partOf } from './parts';
import { form, SchemeForm } from './scheme.svelte';
import SchemeView from './SchemeView.svelte';

const MB = 1_000_000;
let stop = () => {};

function scheme(rest: Partial<Scheme> = {}): Scheme {
  return { person: OWNER, version: 1, time: 0, looks: [], bytes: 0, budget: 25 * MB, push: false, ...rest };
}

/** A node that keeps what it is given. */
function keeping(begin = scheme()) {
  let kept = begin;
  const fake = new FakeTransport({
    'scheme.show': () => kept,
    'scheme.set': ({ state, text, picture }) => {
      const looks = kept.looks.filter((one) => one.state !== state);
      if (text || picture) looks.push(look({ state, text, picture: picture === null ? null : media(picture) }));
      kept = { ...kept, version: kept.version + 1, looks };
      fake.tell({ change: 'scheme', of: kept });
      return kept;
    },
    'scheme.prepare': ({ part, path }) => media(`${part} of ${path}`),
    'scheme.push': () => ({}),
  });
  use(fake);
  return fake;
}

async function started(begin = scheme()) {
  const fake = keeping(begin);
  const edited = new SchemeForm();
  stop = edited.start();
  await vi.waitFor(() => expect(edited.scheme).not.toBeNull());
  return { fake, edited, sets: () => fake.asked.filter(({ verb }) => verb === 'scheme.set').map(({ args }) => args) };
}

afterEach(() => {
  stop();
  form.discard();
  form.scheme = null;
  form.state = 'online';
});

describe('a scheme while it is edited', () => {
  it('saves every changed state, and what is as before is not changed', async () => {
    const { edited, sets } = await started(scheme({ looks: [look({ state: 'away', text: 'Out' })] }));
    edited.write('Here');
    edited.write('Elsewhere', 'away');
    expect(edited.unsaved).toEqual(['online', 'away']);
    edited.write('Out', 'away');
    expect(edited.unsaved).toEqual(['online']);
    await edited.save();
    expect(sets()).toEqual([{ state: 'online', text: 'Here', picture: null, animation: null, sound: null, video: null }]);
    expect(edited.unsaved).toEqual([]);
  });

  it('takes what the node made of a file, for the state it was chosen in', async () => {
    const { fake, edited } = await started();
    const handed: (() => void)[] = [];
    fake.handlers['scheme.prepare'] = ({ part, path }) => new Promise((made) => handed.push(() => made(media(`${part} of ${path}`))));
    const work = edited.choose('picture', new File(['x'], 'cat.png'));
    expect(edited.working('picture')).toBe('cat.png');
    await vi.waitFor(() => expect(handed).toHaveLength(1));
    edited.state = 'busy';
    handed[0]?.();
    await work;
    expect(edited.draft.picture).toBeNull();
    expect(edited.draftOf('online').picture?.hash).toBe('picture of /uploads/cat.png');
  });

  it('says why a file is refused, and keeps what was there', async () => {
    const { fake, edited } = await started(scheme({ looks: [look({ state: 'online', video: media('v') })] }));
    fake.handlers['scheme.prepare'] = () => Promise.reject({ code: 'too_large', message: '' });
    await edited.choose('video', '/home/alice/long.webm');
    expect(edited.problem('video')).toContain('at most 8 MB');
    expect(edited.draft.video?.hash).toBe('v');
    expect(edited.unsaved).toEqual([]);
  });

  it('counts every file once, and knows when it is too much', async () => {
    const shared = media('same', { bytes: 10 * MB });
    const { fake, edited } = await started(scheme({ looks: [look({ state: 'online', picture: shared }), look({ state: 'away', picture: shared })] }));
    expect(edited.used).toBe(10 * MB);
    fake.handlers['scheme.prepare'] = () => media('big', { bytes: 16 * MB });
    await edited.choose('video', '/big.webm');
    expect(edited.over).toBe(true);
    edited.remove('video');
    expect(edited.over).toBe(false);
  });

  it('has own states as soon as they are named, and none after they are removed', async () => {
    const { edited, sets } = await started();
    edited.add('In the garden');
    expect(edited.state).toBe('In the garden');
    edited.write('Among the figs');
    await edited.save();
    expect(sets()).toHaveLength(1);
    edited.clear('In the garden');
    await edited.save();
    expect(edited.states).not.toContain('In the garden');
    expect(edited.state).toBe('online');
  });

  it('keeps what is not saved while others change the scheme, and stays with it after a refusal', async () => {
    const { fake, edited } = await started();
    edited.write('Mine');
    fake.tell({ change: 'scheme', of: scheme({ version: 9, looks: [look({ state: 'online', text: 'Theirs' })] }) });
    expect(edited.draft.text).toBe('Mine');
    fake.handlers['scheme.set'] = () => Promise.reject({ code: 'too_large', message: '' });
    await expect(edited.save()).rejects.toThrow();
    expect(edited.unsaved).toEqual(['online']);
    expect(edited.saving).toBe(false);
  });
});

describe('the editor', () => {
  it('fills five states from a look in one click and saves them in another', async () => {
    const fake = keeping();
    render(SchemeView, { own: own(), onback: () => {} });
    await fireEvent.click(await screen.findByRole('button', { name: /^Warm/ }));
    expect(screen.queryByRole('heading', { name: 'Start from a look' })).toBeNull();
    expect(screen.getAllByRole('img', { name: 'Not saved yet' })).toHaveLength(5);
    await fireEvent.click(screen.getByRole('button', { name: 'Save 5 states' }));
    await vi.waitFor(() => expect(fake.asked.filter(({ verb }) => verb === 'scheme.set')).toHaveLength(5));
    await vi.waitFor(() => expect(screen.queryAllByRole('img', { name: 'Not saved yet' })).toHaveLength(0));
  });

  it('shows what is typed in list, header and card at once', async () => {
    keeping();
    render(SchemeView, { own: own(), onback: () => {} });
    await fireEvent.input(await screen.findByLabelText('Text'), { target: { value: 'By the sea' } });
    const previews = screen.getByRole('heading', { name: 'How contacts see you' }).parentElement as HTMLElement;
    expect(within(previews).getAllByText(/By the sea/)).toHaveLength(3);
  });

  it('keeps unsaved words for who comes back', async () => {
    keeping();
    const first = render(SchemeView, { own: own(), onback: () => {} });
    await fireEvent.input(await screen.findByLabelText('Text'), { target: { value: 'By the sea' } });
    first.unmount();
    render(SchemeView, { own: own(), onback: () => {} });
    expect((await screen.findByLabelText<HTMLInputElement>('Text')).value).toBe('By the sea');
  });

  it('takes no second name for a state that is there', async () => {
    keeping();
    render(SchemeView, { own: own(), onback: () => {} });
    await fireEvent.click(await screen.findByRole('button', { name: 'Add a state' }));
    const name = await screen.findByLabelText('Name');
    await fireEvent.input(name, { target: { value: 'do not DISTURB' } });
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Add' }).disabled).toBe(true);
    await fireEvent.input(name, { target: { value: 'In  the garden' } });
    await fireEvent.click(screen.getByRole('button', { name: 'Add' }));
    expect(await screen.findByRole('heading', { name: 'In the garden' })).toBeTruthy();
  });

  it('lets changes of state carry the scheme', async () => {
    const fake = keeping();
    render(SchemeView, { own: own(), onback: () => {} });
    await fireEvent.click(await screen.findByRole('switch'));
    expect(fake.asked.at(-1)).toEqual({ verb: 'scheme.push', args: { on: true } });
  });
});

describe('dropped files', () => {
  it('find their part by name', () => {
    expect(['a.GIF', 'b.jpeg', 'c.opus', 'd.webm', 'e.txt', 'f'].map(partOf)).toEqual(['animation', 'picture', 'sound', 'video', null, null]);
  });
});
