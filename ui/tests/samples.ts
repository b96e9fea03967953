import type { Contact, Look, LookMedia, Me, Message } from '$lib/ipc';

export const OWNER = 'a1'.repeat(32);
export const BOB = 'b2'.repeat(32);

export function own(rest: Partial<Me> = {}): Me {
  return { person: OWNER, device: 'd4'.repeat(32), name: 'Alice', presence: { state: 'online', text: '', since: 0, until: null }, look: null, persona: null, hidden: { from_all: false, from: [] }, ...rest };
}

export function contact(rest: Partial<Contact> = {}): Contact {
  const name = rest.name ?? 'Bob';
  return {
    person: BOB,
    name,
    own_name: name,
    verified: false,
    blocked: false,
    presence: { state: 'online', text: '', since: 0, until: null },
    look: null,
    persona: null,
    conversation: 'c1',
    last: null,
    unread: 0,
    since: 1,
    ...rest,
  };
}

export function message(rest: Partial<Message> = {}): Message {
  return { id: 'm1', conversation: 'c1', author: BOB, mine: false, at: 2, body: { kind: 'text', text: 'hello', cards: [] }, reply: null, mark: 'delivered', ...rest };
}

export function media(hash: string, rest: Partial<LookMedia> = {}): LookMedia {
  return { hash, id: `look/${hash}`, still: `look/${hash}`, media_type: 'image/webp', bytes: 1, width: 64, height: 64, duration_ms: 0, standing: 'here', ...rest };
}

export function look(rest: Partial<Look> = {}): Look {
  return { state: 'online', text: '', picture: null, animation: null, sound: null, video: null, ...rest };
}
