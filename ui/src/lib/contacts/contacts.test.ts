import { afterEach, describe, expect, it, vi } from 'vitest';
import { use } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { BOB, contact, message } from '../../../tests/samples';
import { Contacts } from './contacts.svelte';
import { groupsOf, lastLine } from './words';

const CARLA = 'c3'.repeat(32);
let stop = () => {};

afterEach(() => stop());

async function started(list = () => [contact(), contact({ person: CARLA, name: 'Carla', since: 5 })]) {
  const node = new FakeTransport({ 'contact.list': list, 'contact.nearby': () => [], 'contact.requests': () => [] });
  use(node);
  const contacts = new Contacts();
  stop = contacts.start();
  await vi.waitFor(() => expect(contacts.loading).toBe(false));
  return { node, contacts, names: () => contacts.all.map((one) => one.name) };
}

describe('the contact list', () => {
  it('keeps the newest talk first as changes come', async () => {
    const { node, contacts, names } = await started();
    expect(names()).toEqual(['Carla', 'Bob']);

    node.tell({ change: 'contact', of: contact({ last: message({ at: 9 }), unread: 3 }) });
    expect(names()).toEqual(['Bob', 'Carla']);
    expect(contacts.unread).toBe(3);

    node.tell({ change: 'contact_gone', of: { person: BOB } });
    expect(names()).toEqual(['Carla']);
    expect(contacts.unread).toBe(0);
  });

  it('reads everything again when it missed changes', async () => {
    let stored = [contact()];
    const { node, names } = await started(() => [...stored]);
    stored = [contact({ name: 'Robert' })];
    node.tell({ change: 'lagged', of: {} });
    await vi.waitFor(() => expect(names()).toEqual(['Robert']));
  });

  it('does not undo with an old answer what it heard meanwhile', async () => {
    const { node, contacts } = await started();
    let stored = [contact()];
    let reads = 0;
    node.handlers['contact.list'] = async () => {
      const answer = [...stored];
      if (reads++ === 0) {
        stored = [contact({ unread: 2 })];
        node.tell({ change: 'contact', of: contact({ unread: 2 }) });
      }
      return answer;
    };
    await contacts.read();
    expect(contacts.unread).toBe(2);
    expect(reads).toBe(2);
  });

  it('says why it could not be read at first, and keeps what it has later', async () => {
    const { node, contacts, names } = await started(() => {
      throw { code: 'disk_full', message: '' };
    });
    expect(contacts.failed).toBe('disk_full');
    node.handlers['contact.list'] = () => [contact()];
    await contacts.read();
    expect(contacts.failed).toBeNull();
    node.handlers['contact.list'] = () => {
      throw { code: 'no_node', message: '' };
    };
    await contacts.read();
    expect(names()).toEqual(['Bob']);
  });

  it('shows typing until the message is there', async () => {
    const { node, contacts } = await started();
    node.tell({ change: 'typing', of: { person: BOB } });
    expect(contacts.typing.has(BOB)).toBe(true);
    node.tell({ change: 'message', of: message() });
    expect(contacts.typing.has(BOB)).toBe(false);
  });
});

describe('words', () => {
  it('puts any message on one line', () => {
    expect(lastLine(message({ body: { kind: 'text', text: ' a\n\n b ', cards: [] } }))).toBe('a b');
    expect(lastLine(message({ mine: true, body: { kind: 'share', share: 's', name: 'Lake', count: 1 } }))).toBe('You: 1 picture · Lake');
    expect(lastLine(message({ body: { kind: 'unknown' } }))).toBe('Written by a newer Stoa');
  });

  it('groups a safety number however it is spaced', () => {
    const digits = '0123456789'.repeat(6);
    expect(groupsOf(digits)).toHaveLength(12);
    expect(groupsOf(digits.replace(/(.{5})/g, '$1 '))).toEqual(groupsOf(digits));
  });
});
