import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DoorSocket, hexOf, passOf } from '../../../tests/door';
import type { Change } from './generated';
import { textParts, Texts } from './parts';
import { opened } from './pass';
import { phone } from './phone';
import type { Transport, Visit } from './transport';

const [LINK, OWN, OTHER] = [passOf(1), passOf(2), passOf(3)];
const UNTIL = Date.UTC(2026, 10, 21, 12);
const nameOf = (pass: string) => hexOf(opened(pass).name);

let ears: AbortController;

// A door listens to the page as long as it is there; in a test it ends with the test.
beforeEach(() => {
  vi.useFakeTimers({ now: UNTIL - 1_800_000 });
  vi.stubGlobal('WebSocket', DoorSocket);
  DoorSocket.opened = [];
  sessionStorage.clear();
  ears = new AbortController();
  for (const target of [window, document]) {
    const add = target.addEventListener.bind(target);
    vi.spyOn(target, 'addEventListener').mockImplementation((name: string, heard: unknown) => add(name, heard as () => void, { signal: ears.signal }));
  }
});

afterEach(() => {
  ears.abort();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

interface Page {
  transport: Transport;
  states: string[];
  changes: Change[];
  visits: Visit[];
}

/** A page that was opened with this behind its `#`. */
function load(hash = ''): Page {
  history.replaceState(null, '', `/phone${hash && `#${hash}`}`);
  const page: Page = { transport: null as never, states: [], changes: [], visits: [] };
  page.transport = phone((visit) => page.visits.push(visit));
  page.transport.listen((change) => page.changes.push(change), (state) => page.states.push(state));
  return page;
}

function entered(): Page {
  const page = load(LINK);
  DoorSocket.last.enter(OWN, UNTIL);
  return page;
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('coming in', () => {
  it('takes the pass out of the address, shows its name and says phone.enter first', () => {
    const { states, visits } = entered();
    expect(location.href).not.toContain(LINK);
    const socket = DoorSocket.last;
    expect(new URL(socket.url).pathname).toBe('/phone/door');
    expect(socket.url.startsWith('ws:')).toBe(true);
    expect(socket.binaryType).toBe('arraybuffer');
    expect(socket.name).toBe(nameOf(LINK));
    expect(socket.sizes[0]).toBe(9 + 32 + 16);
    expect(socket.heard).toEqual([{ id: 0, verb: 'phone.enter' }]);
    expect(states).toEqual(['connected']);
    expect(visits).toEqual([{ name: 'Alice', until: UNTIL }]);
  });

  it('asks nothing before the node let it in', async () => {
    const { transport } = load(LINK);
    const answer = transport.invoke('persona.accessories', {});
    await settle();
    expect(DoorSocket.last.sizes).toEqual([]);
    DoorSocket.last.enter(OWN, UNTIL);
    await settle();
    expect(DoorSocket.last.heard[1]).toEqual({ id: 1, verb: 'persona.accessories', args: {} });
    DoorSocket.last.say({ id: 1, ok: { slots: [], items: [] } });
    expect(await answer).toEqual({ slots: [], items: [] });
  });

  it('comes back with the pass that it was given, after a break and after a reload', async () => {
    const { states } = entered();
    DoorSocket.last.end();
    expect(states).toEqual(['connected', 'reconnecting']);
    await vi.advanceTimersByTimeAsync(500);
    expect(DoorSocket.opened).toHaveLength(2);
    DoorSocket.last.enter(null, UNTIL);
    expect(DoorSocket.last.name).toBe(nameOf(OWN));
    expect(states).toEqual(['connected', 'reconnecting', 'connected']);

    load();
    DoorSocket.last.enter(null, UNTIL);
    expect(DoorSocket.last.name).toBe(nameOf(OWN));
  });

  it('works without a store', () => {
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new Error('forbidden');
    });
    const { states } = entered();
    expect(states).toEqual(['connected']);
  });

  it('prefers a new link, and falls back to its own pass when the link was used', async () => {
    entered();
    const used = `${'A'.repeat(54)}Q`;
    const { states } = load(used);
    DoorSocket.last.onopen?.();
    expect(states).toEqual(['reconnecting']);
    await settle();
    DoorSocket.last.enter(null, UNTIL);
    expect(DoorSocket.last.name).toBe(nameOf(OWN));

    load(OTHER);
    DoorSocket.last.enter(null, UNTIL);
    expect(DoorSocket.last.name).toBe(nameOf(OTHER));
  });

  it('takes a link that is opened in the same tab, also after the end', () => {
    const { states } = entered();
    DoorSocket.last.end(4410);
    history.replaceState(null, '', `/phone#${OTHER}`);
    dispatchEvent(new Event('hashchange'));
    DoorSocket.last.enter(OWN, UNTIL);
    expect(DoorSocket.last.name).toBe(nameOf(OTHER));
    expect(states).toEqual(['connected', 'ended', 'reconnecting', 'connected']);
    expect(location.hash).toBe('');
  });
});

describe('the time', () => {
  const HOUR = 3_600_000;

  it('begins anew by the word of the node, also after a reload', async () => {
    const { states, visits } = entered();
    DoorSocket.last.say({ until: UNTIL + HOUR, now: Date.now() });
    expect(visits.at(-1)).toEqual({ name: 'Alice', until: UNTIL + HOUR });
    expect(states).toEqual(['connected']);
    vi.setSystemTime(UNTIL + 1);
    DoorSocket.last.end();
    await vi.advanceTimersByTimeAsync(500);
    DoorSocket.last.end();
    expect(states.at(-1)).toBe('reconnecting');

    const { states: later } = load();
    DoorSocket.last.end();
    expect(later).toEqual(['reconnecting']);
  });

  it("is told in the phone's clock, and does not throw out a phone whose clock is hours ahead or behind", async () => {
    for (const off of [2 * HOUR, -2 * HOUR]) {
      sessionStorage.clear();
      const { visits, states } = load(LINK);
      const now = Date.now() - off;
      DoorSocket.last.enter(OWN, now + HOUR / 2, now);
      expect(visits).toEqual([{ name: 'Alice', until: Date.now() + HOUR / 2 }]);
      DoorSocket.last.end();
      await vi.advanceTimersByTimeAsync(500);
      DoorSocket.last.end();
      expect(states.at(-1)).toBe('reconnecting');
    }
  });

  it('is not taken from half a word', () => {
    const { visits } = entered();
    DoorSocket.last.say({ until: UNTIL + HOUR });
    DoorSocket.last.say({ now: 0 });
    expect(visits).toHaveLength(1);
  });
});

describe('the end', () => {
  it.each([4401, 4410])('comes with %i, for good', async (code) => {
    const { states, transport } = entered();
    DoorSocket.last.end(code);
    expect(states).toEqual(['connected', 'ended']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(DoorSocket.opened).toHaveLength(1);
    await expect(transport.invoke('persona.clear', {})).rejects.toMatchObject({ code: 'unreachable' });
    expect(load().states).toEqual(['ended']);
  });

  it('does not come while other phones take the room: it is tried again', async () => {
    const { states } = load(LINK);
    DoorSocket.last.onopen?.();
    // For so long the node waits for room.
    await vi.advanceTimersByTimeAsync(12_000);
    expect(states).toEqual([]);
    DoorSocket.last.end(1013);
    expect(states).toEqual(['full']);
    await vi.advanceTimersByTimeAsync(500);
    DoorSocket.last.enter(OWN, UNTIL);
    expect(DoorSocket.last.name).toBe(nameOf(LINK));
    expect(states).toEqual(['full', 'connected']);
  });

  it('comes when nobody answers and the time is over, and not before', async () => {
    const { states } = entered();
    DoorSocket.last.end();
    for (let tries = 2; tries < 8; tries++) {
      await vi.advanceTimersByTimeAsync(10_000);
      expect(DoorSocket.opened).toHaveLength(tries);
      DoorSocket.last.end();
    }
    expect(states.at(-1)).toBe('reconnecting');
    vi.setSystemTime(UNTIL + 1);
    await vi.advanceTimersByTimeAsync(10_000);
    DoorSocket.last.end();
    expect(states.at(-1)).toBe('ended');
  });

  it('comes at once without a pass', () => {
    expect(load().states).toEqual(['ended']);
    expect(load('k=something').states).toEqual(['ended']);
    expect(DoorSocket.opened).toEqual([]);
  });
});

describe('a line', () => {
  it('is given up when a message was damaged, and what waited is told', async () => {
    const { transport, states } = entered();
    const answer = transport.invoke('persona.clear', {});
    await settle();
    const before = DoorSocket.last;
    before.onmessage?.({ data: new Uint8Array(40).buffer });
    await expect(answer).rejects.toMatchObject({ code: 'unreachable' });
    expect(before.closed).toBe(true);
    expect(states.at(-1)).toBe('reconnecting');
  });

  it('is given up when it is not entered in time', async () => {
    load(LINK);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(DoorSocket.opened).toHaveLength(2);
    expect(DoorSocket.opened[0]?.closed).toBe(true);
    DoorSocket.last.onopen?.();
    await vi.advanceTimersByTimeAsync(21_000);
    expect(DoorSocket.opened).toHaveLength(3);
  });

  it('is asked for a word when the phone wakes, and left when there is none', async () => {
    const { states } = entered();
    const first = DoorSocket.last;
    document.dispatchEvent(new Event('visibilitychange'));
    expect(first.heard.at(-1)?.verb).toBe('persona.show');
    first.say({ id: first.heard.at(-1)?.id, ok: {} });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(states).toEqual(['connected']);
    document.dispatchEvent(new Event('visibilitychange'));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(states[1]).toBe('reconnecting');
  });

  it('is tried again at once when there is a network', async () => {
    entered();
    for (let tries = 0; tries < 6; tries++) {
      DoorSocket.last.end();
      await vi.advanceTimersByTimeAsync(10_000);
    }
    DoorSocket.last.end();
    const before = DoorSocket.opened.length;
    dispatchEvent(new Event('online'));
    expect(DoorSocket.opened).toHaveLength(before + 1);
  });
});

describe('texts', () => {
  it('go out in parts that fit, and come in in any', async () => {
    const { transport } = entered();
    const long = '图'.repeat(60_000);
    const answer = transport.invoke('persona.show', { contact: long });
    await settle();
    const socket = DoorSocket.last;
    expect(Math.max(...socket.sizes)).toBe(65_535);
    expect(socket.sizes).toHaveLength(2 + 3);
    expect(socket.heard[1]?.args).toEqual({ contact: long });
    socket.say({ id: 1, ok: long }, 1_001);
    expect(await answer).toBe(long);
  });

  it('are answered in any order, with what was refused', async () => {
    const { transport } = entered();
    const one = transport.invoke('persona.accessories', {});
    const two = transport.invoke('persona.clear', {});
    await settle();
    DoorSocket.last.say({ id: 2, error: { code: 'refused', message: 'no' } });
    DoorSocket.last.say({ id: 9, ok: {} });
    DoorSocket.last.say({ id: 1, ok: 'one' });
    await expect(two).rejects.toMatchObject({ code: 'refused', message: 'no' });
    expect(await one).toBe('one');
  });

  it('tell changes', () => {
    const { changes } = entered();
    DoorSocket.last.say({ change: { change: 'accessories', of: {} } });
    expect(changes).toEqual([{ change: 'accessories', of: {} }]);
  });

  it('have an end: of their length, of their kinds, and of their letters', () => {
    const texts = new Texts();
    const part = new Uint8Array(65_519);
    for (let at = 0; at < 512; at++) texts.add(part);
    expect(() => texts.add(part)).toThrow();
    expect(() => new Texts().add(Uint8Array.of(2, 1))).toThrow();
    expect(() => new Texts().add(new Uint8Array())).toThrow();
    expect(() => new Texts().add(Uint8Array.of(1, 0xff))).toThrow();
    expect(textParts('').length).toBe(0);
  });
});

describe('an upload', () => {
  const file = (length: number, name = '海.jpg') => new File([Uint8Array.from({ length }, (_, at) => at % 251)], name);

  it('is announced, sent in parts that fit, and answered with its path', async () => {
    const { transport } = entered();
    const answer = transport.upload([file(150_000)]);
    await vi.advanceTimersByTimeAsync(10);
    const socket = DoorSocket.last;
    await expect.poll(() => socket.files.get(1)?.length).toBe(150_000);
    expect(socket.heard[1]).toEqual({ id: 1, upload: { name: '海.jpg', size: 150_000 } });
    expect(socket.sizes.slice(3)).toEqual([65_535, 65_535, 150_000 - 2 * 65_514 + 21]);
    expect(socket.files.get(1)?.[149_999]).toBe(149_999 % 251);
    socket.say({ id: 1, ok: { path: '/up/1' } });
    expect(await answer).toEqual(['/up/1']);
  });

  it('waits until what was sent is on its way', async () => {
    const { transport } = entered();
    const socket = DoorSocket.last;
    socket.bufferedAmount = 1_000_000;
    const answer = transport.upload([file(100)]);
    await expect.poll(() => socket.heard.length).toBe(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(socket.files.size).toBe(0);
    socket.bufferedAmount = 0;
    await vi.advanceTimersByTimeAsync(100);
    expect(socket.files.get(1)?.length).toBe(100);
    socket.say({ id: 1, ok: { path: '/up/1' } });
    expect(await answer).toEqual(['/up/1']);
  });

  it('ends when it is refused, when the line is lost, and before it begins when it is too large', async () => {
    const { transport } = entered();
    const socket = DoorSocket.last;
    socket.bufferedAmount = 1_000_000;
    const refused = transport.upload([file(100)]);
    await expect.poll(() => socket.heard.length).toBe(2);
    socket.say({ id: 1, error: { code: 'disk_full', message: '' } });
    await expect(refused).rejects.toMatchObject({ code: 'disk_full' });

    const lost = transport.upload([file(100)]);
    await expect.poll(() => socket.heard.length).toBe(3);
    socket.end();
    await expect(lost).rejects.toMatchObject({ code: 'unreachable' });

    const large = file(1);
    Object.defineProperty(large, 'size', { value: 64 * 1024 * 1024 + 1 });
    await expect(transport.upload([large])).rejects.toMatchObject({ code: 'too_large' });
  });
});

describe('a picture', () => {
  beforeEach(() => {
    URL.createObjectURL = vi.fn(() => 'blob:hat');
  });

  const ID = 'accessory/stoa/beret/0123';

  it('is asked for once, and has an address of the page when it came', async () => {
    const { transport } = entered();
    expect(transport.mediaUrl(ID)).toBe('');
    expect(transport.mediaUrl(ID)).toBe('');
    await settle();
    const socket = DoorSocket.last;
    expect(socket.heard.slice(1)).toEqual([{ id: 1, verb: 'media.get', args: { id: ID } }]);
    socket.say({ id: 1, ok: { mime: 'image/png', base64: btoa('png') } });
    await settle();
    expect(transport.mediaUrl(ID)).toBe('blob:hat');
    expect(vi.mocked(URL.createObjectURL).mock.calls[0]?.[0]).toMatchObject({ type: 'image/png', size: 3 });
  });

  it('is asked for again after a lost connection, and not after a refusal', async () => {
    const { transport } = entered();
    transport.mediaUrl(ID);
    await settle();
    DoorSocket.last.end();
    await vi.advanceTimersByTimeAsync(500);
    DoorSocket.last.enter(null, UNTIL);
    await settle();
    expect(DoorSocket.last.heard[1]?.verb).toBe('media.get');
    DoorSocket.last.say({ id: 1, error: { code: 'refused', message: '' } });
    await settle();
    expect(transport.mediaUrl(ID)).toBe('');
    await settle();
    expect(DoorSocket.last.heard).toHaveLength(2);
  });

  it('does not keep other questions waiting', async () => {
    const { transport } = entered();
    for (let at = 0; at < 60; at++) transport.mediaUrl(`${ID}${String(at)}`);
    await settle();
    expect(DoorSocket.last.heard).toHaveLength(1 + 4);
  });
});
