import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { use } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { BOB, contact } from '../../../tests/samples';
import { contacts } from './contacts.svelte';
import FindSomeone from './FindSomeone.svelte';

const LINK = 'stoa://invite/abc';
let node: FakeTransport;
let stop: () => void;

beforeEach(() => {
  node = new FakeTransport({
    'contact.list': () => [],
    'contact.nearby': () => [{ device: 'e5'.repeat(32), name: 'Kofi', asked: false }],
    'contact.requests': () => [],
    'contact.invite': () => ({ link: LINK, expires: 1_800_000_000_000 }),
  });
  use(node);
  stop = contacts.start();
});

afterEach(() => stop());

describe('finding someone', () => {
  it('offers the own link as a code and as text', async () => {
    render(FindSomeone, { onconnected: vi.fn() });
    expect(await screen.findByRole('img', { name: /QR/ })).toBeTruthy();
    expect(screen.getByLabelText<HTMLInputElement>('Your invitation link').value).toBe(LINK);
  });

  it('says why an invitation does not work, and keeps the link', async () => {
    node.handlers['contact.accept'] = () => Promise.reject({ code: 'invite_used', message: '' });
    render(FindSomeone, { onconnected: vi.fn() });
    const field = screen.getByLabelText<HTMLInputElement>('Their invitation link');
    await fireEvent.input(field, { target: { value: ` ${LINK} ` } });
    await fireEvent.click(screen.getByRole('button', { name: 'Connect' }));
    expect(await screen.findByText(/already used/)).toBeTruthy();
    expect(field.value.trim()).toBe(LINK);
    expect(node.asked.at(-1)).toEqual({ verb: 'contact.accept', args: { link: LINK } });
  });

  it('asks somebody nearby', async () => {
    node.handlers['contact.ask'] = () => ({});
    render(FindSomeone, { onconnected: vi.fn() });
    await fireEvent.click(await screen.findByRole('button', { name: /Ask Kofi/ }));
    expect(node.asked.at(-1)).toEqual({ verb: 'contact.ask', args: { device: 'e5'.repeat(32) } });
  });

  it('tells when somebody redeemed the own link', async () => {
    const onconnected = vi.fn();
    render(FindSomeone, { onconnected });
    await screen.findByRole('button', { name: /Ask Kofi/ });
    node.tell({ change: 'contact', of: contact() });
    await vi.waitFor(() => expect(onconnected).toHaveBeenCalledExactlyOnceWith(BOB));
  });
});
