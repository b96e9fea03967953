import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { use, type PhoneDoor as Shown } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import PhoneDoor from './PhoneDoor.svelte';

const NOW = 1_800_000_000_000;
const HALF_HOUR = 1_800_000;

let node: FakeTransport;
let open: Shown | null;
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
      open = { until: Date.now() + HALF_HOUR, address, phones: open?.phones ?? 0, link: 'waiting' };
      return { url: `http://${address}:7000/phone#code${String(codes)}`, until: open.until, address, addresses };
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
    expect(screen.getByText(/192\.168\.1\.5.*30 min/)).toBeTruthy();
    expect(screen.queryByRole('combobox')).toBeNull();
    await tick(60_000);
    expect(screen.getByText(/29 min/)).toBeTruthy();
    await click('Close now');
    await tick(0);
    expect(code()).toBeNull();
    expect(screen.getByRole('button', { name: 'Show a code' })).toBeTruthy();
    const asked = node.asked.length;
    await tick(10_000);
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
  });

  it('is back at the start when its time is over', async () => {
    await shown();
    open = null;
    await tick();
    expect(code()).toBeNull();
    expect(screen.getByRole('button', { name: 'Show a code' })).toBeTruthy();
  });

  it('is shown open to whoever looks later', async () => {
    open = { until: NOW + 600_000, address: '10.0.0.7', phones: 1, link: 'used' };
    render(PhoneDoor);
    await tick(0);
    expect(screen.getByText('A phone is connected')).toBeTruthy();
    expect(screen.getByText(/10\.0\.0\.7.*10 min/)).toBeTruthy();
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
    expect(screen.getByText(/10\.0\.0\.7.*30 min/)).toBeTruthy();
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
