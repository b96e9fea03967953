import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { use, type DoorState } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { clock } from '$lib/shared';
import PhoneDoor from './PhoneDoor.svelte';

const NOW = 1_800_000_000_000;
const HALF_HOUR = 1_800_000;

let node: FakeTransport;
let open: DoorState | null;
let addresses: string[];

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  open = null;
  addresses = ['192.168.1.5'];
  let codes = 0;
  node = new FakeTransport({
    'phone.open': ({ at }) => {
      codes++;
      const address = at ?? '192.168.1.5';
      open = { until: Date.now() + HALF_HOUR, address, phones: open?.phones ?? 0, link: 'waiting', code: String(codes) };
      return { url: `http://${address}:7000/phone#code${String(codes)}`, until: open.until, address, addresses, code: open.code };
    },
    'phone.show': () => ({ open }),
    'phone.close': () => {
      open = null;
      return {};
    },
  });
  use(node);
});

afterEach(() => {
  vi.useRealTimers();
});

const click = (name: string) => fireEvent.click(screen.getByRole('button', { name }));
const tick = (ms = 2_000) => vi.advanceTimersByTimeAsync(ms);
const openAt = (address: string, until: number) => screen.queryByText(`Open at ${address} until ${clock(until)}.`);
const code = () => screen.queryByRole('img', { name: "One-time link to the picture's editor" });

async function shown() {
  render(PhoneDoor);
  await tick(0);
  await click('Show a code');
  await tick(0);
}

describe('the door', () => {
  it('opens, says where and how long, and closes', async () => {
    await shown();
    expect(code()).toBeTruthy();
    expect(openAt('192.168.1.5', NOW + HALF_HOUR)).toBeTruthy();
    expect(screen.queryByRole('combobox')).toBeNull();
    await click('Close now');
    await tick(0);
    expect(code()).toBeNull();
    expect(screen.getByRole('button', { name: 'Show a code' })).toBeTruthy();
  });

  it('is seen when it is opened elsewhere, and when another face makes a newer code', async () => {
    const elsewhere = { until: NOW + HALF_HOUR, address: '10.0.0.7', phones: 0, link: 'waiting', code: 'terminal' } as const;
    const { unmount } = render(PhoneDoor);
    await tick(0);
    open = elsewhere;
    await tick(5_000);
    expect(screen.getByText('A code waits to be scanned')).toBeTruthy();
    await click('Another code');
    await tick();
    expect(code()).toBeTruthy();
    open = elsewhere;
    await tick();
    expect(code()).toBeNull();
    expect(screen.getByText('A code waits to be scanned')).toBeTruthy();
    unmount();
    const asked = node.asked.length;
    await tick(20_000);
    expect(node.asked.length).toBe(asked);
  });

  it('gives way to who came in, and to another code', async () => {
    await shown();
    open = open && { ...open, phones: 1, link: 'used' };
    await tick();
    expect(code()).toBeNull();
    expect(screen.getByText('A phone is connected')).toBeTruthy();
    open = open && { ...open, phones: 0 };
    await tick();
    expect(screen.getByText('The code was used')).toBeTruthy();
    await click('Another code');
    await tick(0);
    expect(code()).toBeTruthy();
  });

  it('shows a code for one more phone until that one comes', async () => {
    await shown();
    open = open && { ...open, phones: 1, link: 'used' };
    await tick();
    await click('Another code');
    await tick();
    expect(code()).toBeTruthy();
    // The first one comes and goes as it likes.
    open = open && { ...open, phones: 2 };
    await tick();
    expect(code()).toBeTruthy();
    open = open && { ...open, link: 'used' };
    await tick();
    expect(code()).toBeNull();
  });

  it('says that nobody came by a code in time', async () => {
    await shown();
    open = open && { ...open, link: 'expired' };
    await tick();
    expect(code()).toBeNull();
    expect(screen.getByText('The code has expired')).toBeTruthy();
    // It was for one more.
    open = open && { ...open, phones: 1 };
    await tick();
    expect(screen.getByText('The code has expired')).toBeTruthy();
    expect(screen.queryByText('A phone is connected')).toBeNull();
  });

  it('is back at the start when its time is over', async () => {
    await shown();
    open = null;
    await tick();
    expect(code()).toBeNull();
    expect(screen.getByRole('button', { name: 'Show a code' })).toBeTruthy();
  });

  it('is shown open to whoever looks later', async () => {
    open = { until: NOW + 600_000, address: '10.0.0.7', phones: 1, link: 'used', code: 'earlier' };
    render(PhoneDoor);
    await tick(0);
    expect(screen.getByText('A phone is connected')).toBeTruthy();
    expect(openAt('10.0.0.7', NOW + 600_000)).toBeTruthy();
    open = { ...open, phones: 0, link: 'waiting' };
    await tick();
    expect(screen.getByText('A code waits to be scanned')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Close now' })).toBeTruthy();
  });

  it('opens again at the address that is chosen', async () => {
    addresses = ['192.168.1.5', '10.0.0.7'];
    await shown();
    await fireEvent.change(screen.getByRole('combobox', { name: 'Address of this computer' }), { target: { value: '10.0.0.7' } });
    await tick(0);
    expect(node.asked.filter(({ verb }) => verb === 'phone.open').map(({ args }) => args)).toEqual([
      { at: null, minutes: null },
      { at: '10.0.0.7', minutes: null },
    ]);
    expect(openAt('10.0.0.7', NOW + HALF_HOUR)).toBeTruthy();
  });

  it('stays where it is when another address is refused, and says so', async () => {
    addresses = ['192.168.1.5', '10.0.0.7'];
    await shown();
    node.handlers['phone.open'] = () => Promise.reject({ code: 'bad_request', message: '' });
    const choice = screen.getByRole<HTMLSelectElement>('combobox', { name: 'Address of this computer' });
    await fireEvent.change(choice, { target: { value: '10.0.0.7' } });
    await tick(0);
    expect(screen.getByRole('alert').textContent).toContain('no longer has that address');
    expect(choice.value).toBe('192.168.1.5');
    expect(code()).toBeTruthy();
  });

  it('says what to do where there is no network', async () => {
    node.handlers['phone.open'] = () => Promise.reject({ code: 'not_found', message: '' });
    await shown();
    expect(screen.getByRole('alert').textContent).toContain('no network that a phone could join');
    expect(screen.getByRole('button', { name: 'Show a code' })).toBeTruthy();
  });

  it('does not believe an answer that is older than the code', async () => {
    render(PhoneDoor);
    await tick(0);
    await click('Show a code');
    await tick(0);
    let late: (answer: { open: null }) => void = () => {};
    node.handlers['phone.show'] = () => new Promise((resolve) => (late = resolve));
    await tick();
    await click('Another code');
    await tick(0);
    late({ open: null });
    await tick(0);
    expect(code()).toBeTruthy();
  });
});
