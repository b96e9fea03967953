import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { use, type LookMedia } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { stateName, wordsOf } from '$lib/shared';
import { BOB, contact, look, media, own } from '../../../tests/samples';
import HideDialog from './HideDialog.svelte';
import { hover } from './hover.svelte';
import HoverCard from './HoverCard.svelte';
import { watchInput } from './input';
import PersonCard from './PersonCard.svelte';
import Player from './Player.svelte';
import { presence } from './presence.svelte';
import StateMenu from './StateMenu.svelte';
import { endOf, nextAt, stateLine } from './until';

const NOON = new Date(2026, 4, 4, 12, 0).getTime();
const MINUTE = 60_000;
const nothing = { onlook() {}, onpersona() {}, onselling() {}, onsettings() {}, onhide() {}, ondone() {} };

function node(handlers: ConstructorParameters<typeof FakeTransport>[0] = {}): FakeTransport {
  const fake = new FakeTransport({ 'presence.set': () => ({}), 'look.refresh': () => ({}), ...handlers });
  use(fake);
  return fake;
}

const asked = (fake: FakeTransport, verb: string) => fake.asked.filter((one) => one.verb === verb).map((one) => one.args);

afterEach(() => {
  hover.close();
  vi.useRealTimers();
});

describe('when a state ends', () => {
  it('counts spans from now, and clocks to the next time they show it', () => {
    expect(endOf('none', NOON)).toBeNull();
    expect(endOf('half_hour', NOON)).toBe(NOON + 30 * MINUTE);
    expect(new Date(endOf('day', NOON) ?? 0).getHours()).toBe(23);
    expect(nextAt('15:30', NOON)).toBe(NOON + 210 * MINUTE);
    const tomorrow = new Date(nextAt('11:00', NOON) ?? 0);
    expect([tomorrow.getDate(), tomorrow.getHours()]).toEqual([5, 11]);
    expect(nextAt('', NOON)).toBeNull();
  });

  it('is never in the past at the end of the day', () => {
    const late = new Date(2026, 4, 4, 23, 59, 30).getTime();
    expect(endOf('day', late)).toBeGreaterThan(late);
  });

  it('is said with the state', () => {
    expect(stateLine({ state: 'meeting', text: '', since: 0, until: NOON + 180 * MINUTE }, NOON)).toBe('In a meeting until 15:00');
    expect(stateLine({ state: 'meeting', text: '', since: 0, until: NOON - 1 }, NOON)).toBe('In a meeting');
    expect(stateLine({ state: 'offline', text: '', since: NOON - MINUTE, until: null }, NOON)).toBe('Offline since 11:59');
  });
});

describe('words', () => {
  it('name built-in states in the window’s language and leave own ones as they are', () => {
    expect(stateName('do_not_disturb')).toBe('Do not disturb');
    expect(stateName('In the garden')).toBe('In the garden');
    expect(stateName('toString')).toBe('toString');
  });

  it('of today come before those of the look', () => {
    const calm = look({ text: 'Always calm' });
    expect(wordsOf({ state: 'online', text: 'Tea', since: 0, until: null }, calm)).toBe('Tea');
    expect(wordsOf({ state: 'online', text: '', since: 0, until: null }, calm)).toBe('Always calm');
  });
});

describe('the state menu', () => {
  it('sets a state at once with the words, and then its end', async () => {
    const fake = node();
    presence.states = ['online', 'meeting', 'In the garden'];
    const menu = render(StateMenu, { own: own({ presence: { state: 'online', text: 'Here', since: 0, until: null } }), ...nothing });
    await fireEvent.click(screen.getByRole('radio', { name: 'In the garden' }));
    expect(asked(fake, 'presence.set')).toEqual([{ state: 'In the garden', text: 'Here', until: null }]);
    await menu.rerender({ own: own({ presence: { state: 'meeting', text: 'Here', since: 0, until: null } }), ...nothing });
    const before = Date.now();
    await fireEvent.click(screen.getByRole('button', { name: '1 h' }));
    const timed = asked(fake, 'presence.set')[1] as { state: string; until: number };
    expect(timed.state).toBe('meeting');
    expect(timed.until).toBeGreaterThanOrEqual(before + 60 * MINUTE);
  });

  it('says what being invisible is while it lasts, and leads back', async () => {
    const fake = node({ 'presence.hide': () => ({ from_all: false, from: [] }) });
    render(StateMenu, { own: own({ hidden: { from_all: true, from: [] } }), ...nothing });
    expect(screen.getByText(/watches the network can still know/)).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Be visible' }));
    expect(asked(fake, 'presence.hide')).toEqual([{ hidden: false, from: null }]);
  });
});

describe('being invisible to some', () => {
  it('hides from those who were added and shows to those who were taken off', async () => {
    const carla = 'c3'.repeat(32);
    const people = [contact(), contact({ person: carla, name: 'Carla' })];
    // Told of before it is answered, as the node does.
    const fake = node({
      'presence.hide': async () => {
        await dialog.rerender({ hidden: { from_all: false, from: [BOB, carla] } });
        return { from_all: false, from: [BOB, carla] };
      },
    });
    const dialog = render(HideDialog, { open: true, people, hidden: { from_all: false, from: [BOB] } });
    expect(screen.getByText(/whoever watches the network/)).toBeTruthy();
    await fireEvent.click(screen.getByRole('checkbox', { name: /Bob/ }));
    await fireEvent.click(screen.getByRole('checkbox', { name: /Carla/ }));
    await fireEvent.click(screen.getByRole('button', { name: 'Be invisible to 1 person' }));
    await vi.waitFor(() => expect(asked(fake, 'presence.hide')).toEqual([{ hidden: true, from: [carla] }, { hidden: false, from: [BOB] }]));
  });
});

describe('the card of a person', () => {
  it('shows the whole look with its words once, and the other name', () => {
    node();
    const { container } = render(PersonCard, {
      who: contact({ name: 'Bobby', own_name: 'Bob', look: look({ text: 'Soup', picture: media('p'), sound: media('s', { media_type: 'audio/ogg', duration_ms: 4_000 }) }), presence: { state: 'eating', text: 'Soup', since: 0, until: null } }),
    });
    expect(screen.getAllByText('Soup')).toHaveLength(1);
    expect(screen.getByText('Calls themselves Bob')).toBeTruthy();
    expect(container.querySelector('.look img')?.getAttribute('src')).toBe('/media/look/p');
    expect(screen.getByRole('button', { name: 'Play the sound' })).toBeTruthy();
  });

  it('says quietly that a picture cannot be shown, and leaves no empty frame', async () => {
    node();
    const { container } = render(PersonCard, { who: contact({ look: look({ picture: media('p'), video: media('v', { standing: 'missing' }) }) }) });
    const image = container.querySelector('.look img');
    await fireEvent.error(image as Element);
    expect(container.querySelector('.look img')).toBeNull();
    expect(screen.getByText('The picture cannot be shown')).toBeTruthy();
    expect(screen.getByText('Not here yet')).toBeTruthy();
    expect(container.querySelector('video')).toBeNull();
  });

  it('opens by a key and asks for the newest, not of oneself', async () => {
    const fake = node();
    const row = document.createElement('button');
    document.body.append(row);
    const stop = hover.over(BOB)(row);
    render(HoverCard, { who: contact() });
    await fireEvent.keyDown(row, { key: 'Enter', altKey: true });
    expect(hover.person).toBe(BOB);
    expect(await screen.findByLabelText('About Bob')).toBeTruthy();
    expect(asked(fake, 'look.refresh')).toEqual([{ contact: BOB }]);
    if (stop) stop();
    expect(hover.person).toBeNull();
    hover.open('a1'.repeat(32), row, { own: true });
    expect(asked(fake, 'look.refresh')).toHaveLength(1);
    row.remove();
  });

  it('opens for a pointer that came and moved, not for one that rests', async () => {
    vi.useFakeTimers();
    node();
    const row = document.createElement('button');
    document.body.append(row);
    const forget = hover.watch();
    const stop = hover.over('d5'.repeat(32))(row);
    const at = (type: string, clientX: number) => fireEvent(row, new MouseEvent(type, { clientX, bubbles: true }));
    await fireEvent(window, new MouseEvent('pointermove', { clientX: 5 }));
    await at('pointerenter', 5);
    await at('pointermove', 5);
    vi.advanceTimersByTime(2_000);
    expect(hover.person).toBeNull();
    await at('pointermove', 6);
    vi.advanceTimersByTime(2_000);
    expect(hover.person).not.toBeNull();
    hover.close();
    await at('pointerleave', 6);
    await at('pointerenter', 9);
    vi.advanceTimersByTime(2_000);
    expect(hover.person).not.toBeNull();
    if (stop) stop();
    forget();
    row.remove();
  });
});

describe('a sound', () => {
  const ring = (): LookMedia => media('s', { media_type: 'audio/ogg', duration_ms: 4_000 });

  beforeEach(() => {
    URL.createObjectURL = () => 'blob:sound';
    URL.revokeObjectURL = vi.fn();
    HTMLMediaElement.prototype.pause = vi.fn();
  });

  it('is fetched and played only on a click, and let go with its card', async () => {
    HTMLMediaElement.prototype.play = vi.fn(() => Promise.resolve());
    const fake = node({ 'media.get': () => ({ mime: 'audio/ogg', base64: 'AAAA' }) });
    const player = render(Player, { media: ring(), kind: 'sound' });
    expect(fake.asked).toEqual([]);
    await fireEvent.click(screen.getByRole('button', { name: 'Play the sound' }));
    await vi.waitFor(() => expect(HTMLMediaElement.prototype.play).toHaveBeenCalledOnce());
    expect(asked(fake, 'media.get')).toEqual([{ id: 'look/s' }]);
    player.unmount();
    expect(HTMLMediaElement.prototype.pause).toHaveBeenCalled();
    expect(URL.revokeObjectURL).toHaveBeenCalledWith('blob:sound');
  });

  it('says quietly that it cannot be played', async () => {
    node({ 'media.get': () => Promise.reject({ code: 'not_found', message: '' }) });
    render(Player, { media: ring(), kind: 'sound' });
    await fireEvent.click(screen.getByRole('button', { name: 'Play the sound' }));
    expect(await screen.findByText('The sound cannot be played')).toBeTruthy();
  });
});

describe('input in the window', () => {
  const idleOf = (source: 'window' | 'x11') => node({ 'presence.idle': () => ({ minutes: 10, source }), 'presence.active': () => ({}) });

  it('is told at once after a pause and else every half minute', async () => {
    vi.useFakeTimers({ now: NOON });
    const fake = idleOf('window');
    const stop = watchInput();
    await vi.advanceTimersByTimeAsync(0);
    expect(asked(fake, 'presence.active')).toEqual([{ idle: 0, source: 'window' }]);
    for (let second = 0; second < 60; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      window.dispatchEvent(new Event('pointermove'));
    }
    expect(asked(fake, 'presence.active').length).toBe(3);
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    const quiet = asked(fake, 'presence.active').length;
    expect(quiet).toBeLessThanOrEqual(4);
    window.dispatchEvent(new Event('keydown'));
    expect(asked(fake, 'presence.active')).toHaveLength(quiet + 1);
    stop();
    window.dispatchEvent(new Event('keydown'));
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(asked(fake, 'presence.active')).toHaveLength(quiet + 1);
  });

  it('is not told where the node sees it by itself', async () => {
    const fake = idleOf('x11');
    const stop = watchInput();
    await vi.waitFor(() => expect(fake.asked).toHaveLength(1));
    window.dispatchEvent(new Event('keydown'));
    expect(asked(fake, 'presence.active')).toEqual([]);
    stop();
  });
});

describe('the states one can choose', () => {
  it('grow with the own scheme', async () => {
    let states = ['online', 'offline'];
    const fake = node({ 'presence.states': () => states });
    const stop = presence.start();
    await vi.waitFor(() => expect(presence.states).toEqual(['online']));
    states = ['online', 'offline', 'In the garden'];
    fake.tell({ change: 'me', of: own() });
    await vi.waitFor(() => expect(presence.states).toEqual(['online', 'In the garden']));
    stop();
  });
});
