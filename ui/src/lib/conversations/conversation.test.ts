import { afterEach, describe, expect, it, vi } from 'vitest';
import { use, type Message } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { message } from '../../../tests/samples';
import { Conversation } from './conversation.svelte';

const PERSON = 'b'.repeat(64);
const CHAT = 'chat';

const said = (n: number, rest: Partial<Message> = {}) => message({ id: `m${String(n)}`, conversation: CHAT, author: PERSON, at: n, ...rest });
const all = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => said(from + at));

let stop = () => {};
afterEach(() => {
  stop();
  vi.useRealTimers();
});

/** A node that holds `talk`, newest page first. */
async function opened(talk: Message[]) {
  const node = new FakeTransport({
    'chat.read': ({ before, limit }) => {
      const end = before ? talk.findIndex((one) => one.id === before) : talk.length;
      const start = Math.max(0, end - (limit ?? 50));
      return { messages: talk.slice(start, end), more: start > 0 };
    },
    'chat.seen': () => ({}),
    'chat.typing': () => ({}),
  });
  use(node);
  const conversation = new Conversation(PERSON, CHAT);
  stop = conversation.open();
  await vi.waitFor(() => expect(conversation.loaded).toBe(true));
  return { node, conversation, ids: () => conversation.messages.map((one) => one.id) };
}

describe('a conversation', () => {
  it('puts older pages in front until there are no more', async () => {
    const { conversation, ids } = await opened(all(0, 120));
    expect(ids()[0]).toBe('m70');
    await conversation.older();
    await conversation.older();
    expect(ids()).toEqual(all(0, 120).map((one) => one.id));
    expect(conversation.more).toBe(false);
  });

  it('takes new messages and new marks, and none of another conversation', async () => {
    const { node, conversation, ids } = await opened(all(0, 2));
    node.tell({ change: 'message', of: said(2, { conversation: 'other' }) });
    node.tell({ change: 'message', of: said(3, { mark: 'delivered' }) });
    node.tell({ change: 'message', of: said(1, { mark: 'delivered' }) });
    expect(ids()).toEqual(['m0', 'm1', 'm3']);
    expect(conversation.of('m1')?.mark).toBe('delivered');
    expect([...conversation.arrived]).toEqual(['m3']);
  });

  it('asks the node for the order when a late message belongs further up', async () => {
    const talk = all(0, 3);
    const { node, ids } = await opened(talk);
    const late = said(1.5, { id: 'late' });
    talk.splice(2, 0, late);
    node.tell({ change: 'message', of: late });
    await vi.waitFor(() => expect(ids()).toEqual(['m0', 'm1', 'late', 'm2']));
  });

  it('reads again after a gap and keeps older pages that still connect', async () => {
    const talk = all(0, 120);
    const { node, conversation, ids } = await opened(talk);
    await conversation.older();
    talk.push(...all(120, 123));
    node.tell({ change: 'lagged', of: {} });
    await vi.waitFor(() => expect(ids().at(-1)).toBe('m122'));
    expect(ids()[0]).toBe('m20');
  });

  it('says once what was seen, and nothing for what was read before', async () => {
    const { node, conversation } = await opened([said(0, { mark: 'read' }), said(1, { mark: 'delivered' }), said(2, { mark: 'delivered' }), said(3, { mine: true })]);
    conversation.saw(0);
    conversation.saw(3);
    conversation.saw(3);
    conversation.saw(1);
    expect(node.asked.filter((ask) => ask.verb === 'chat.seen').map((ask) => ask.args)).toEqual([{ with: PERSON, id: 'm2' }]);
  });

  it('keeps what is told while an older answer is on its way', async () => {
    const talk = all(0, 2);
    const { node, conversation, ids } = await opened(talk);
    const read = node.handlers['chat.read'];
    const old = { messages: all(0, 2), more: false };
    let told = 0;
    // Every answer is older than a change: the first three times, and once more.
    node.handlers['chat.read'] = () => {
      const said2 = said(2 + told++, { mark: 'delivered' });
      queueMicrotask(() => {
        node.tell({ change: 'message', of: said(0, { mark: 'read' }) });
        node.tell({ change: 'message', of: said2 });
      });
      return new Promise((resolve) => setTimeout(() => resolve(old)));
    };
    await conversation.refresh();
    expect(told).toBe(4);
    expect(ids()).toContain('m5');
    expect(conversation.of('m0')?.mark).toBe('read');

    node.handlers['chat.read'] = read;
    talk.push(...all(2, 6));
    await conversation.refresh();
    expect(ids()).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5']);
  });

  it('reaches a message while older ones are being loaded', async () => {
    const { conversation } = await opened(all(0, 200));
    void conversation.older();
    expect(await conversation.reach('m10')).toBe(true);
  });

  it('tries once more when older messages could not be read, unless closed', async () => {
    const { node, conversation, ids } = await opened(all(0, 120));
    const read = node.handlers['chat.read'];
    const failing = vi.fn(() => Promise.reject({ code: 'internal', message: '' }));
    vi.useFakeTimers();
    node.handlers['chat.read'] = failing;
    const older = conversation.older();
    await vi.advanceTimersByTimeAsync(1_000);
    node.handlers['chat.read'] = read;
    await vi.advanceTimersByTimeAsync(1_000);
    await older;
    expect(ids()[0]).toBe('m20');

    node.handlers['chat.read'] = failing;
    const refreshed = conversation.refresh();
    await vi.advanceTimersByTimeAsync(1_000);
    stop();
    await refreshed;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(failing).toHaveBeenCalledTimes(2);
  });
});
