import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, describe, expect, it } from 'vitest';
import { use, type Me } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { me } from '$lib/me';
import { contact, own } from '../../tests/samples';
import App from './App.svelte';

function home(alice: Me, contacts = [contact()]): FakeTransport {
  const node = new FakeTransport({
    'me.show': () => alice,
    'node.status': () => ({ person: alice.person, device: alice.device, version: '0.1.0', addrs: [], connected: 0, lan: true }),
    'me.set': ({ name }) => {
      node.tell({ change: 'me', of: { ...alice, name } });
      return {};
    },
    'contact.list': () => [...contacts],
    'contact.nearby': () => [],
    'contact.requests': () => [],
    'contact.invite': () => ({ link: 'stoa://invite/x', expires: 1 }),
    'chat.read': () => ({ messages: [], more: false }),
    'chat.seen': () => ({}),
    'share.list': () => [],
    'seller.list': () => [],
    'catalog.list': () => [],
  });
  use(node);
  return node;
}

// Modules keep their one owner between tests.
beforeEach(() => {
  me.current = null;
});

describe('the window', () => {
  it('asks a new owner for a name, then helps to find someone', async () => {
    home(own({ name: '' }), []);
    render(App);
    const field = await screen.findByLabelText('What should people call you?');
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Continue' }).disabled).toBe(true);
    await fireEvent.input(field, { target: { value: ' Alice ' } });
    await fireEvent.click(screen.getByRole('button', { name: 'Continue' }));
    await fireEvent.click(await screen.findByRole('button', { name: 'Skip' }));
    await fireEvent.click(await screen.findByRole('button', { name: 'Later' }));
    expect(await screen.findByText('Alice')).toBeTruthy();
    expect(screen.getByRole('heading', { name: 'No contacts yet' })).toBeTruthy();
  });

  it('finds a person by the keyboard alone', async () => {
    home(own());
    render(App);
    await screen.findByText('Alice');
    await fireEvent.keyDown(window, { key: 'k', ctrlKey: true });
    const field = await screen.findByRole('combobox');
    await fireEvent.input(field, { target: { value: 'bo' } });
    await fireEvent.keyDown(field, { key: 'Enter' });
    expect(await screen.findByRole('heading', { name: /Bob/ })).toBeTruthy();
  });

  it('leads to the own products and back, and to a search for what was typed', async () => {
    home(own());
    render(App);
    await screen.findByText('Alice');
    const run = async (words: string) => {
      await fireEvent.keyDown(window, { key: 'k', ctrlKey: true });
      const field = await screen.findByRole('combobox');
      await fireEvent.input(field, { target: { value: words } });
      await fireEvent.keyDown(field, { key: 'Enter' });
    };
    await run('my products');
    expect(await screen.findByText('Sell in a catalog')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Back' }));
    expect(screen.queryByText('Sell in a catalog')).toBeNull();
    await run('蜂蜜');
    expect(await screen.findByRole('dialog', { name: 'Search products' })).toBeTruthy();
  });

  it('says that the connection is lost and that it came back', async () => {
    const node = home(own());
    render(App);
    await screen.findByText('Alice');
    node.connection('reconnecting');
    expect(await screen.findByText(/reconnecting…/)).toBeTruthy();
    node.connection('connected');
    await expect.poll(() => screen.queryByText(/reconnecting…/)).toBeNull();
    node.connection('ended');
    expect((await screen.findByRole('alert')).textContent).toContain('stoa node web');
  });

  it('says why it cannot open', async () => {
    const node = home(own());
    node.handlers['me.show'] = () => Promise.reject({ code: 'home_locked', message: '' });
    render(App);
    expect(await screen.findByText(/Nothing was overwritten/)).toBeTruthy();
  });
});
