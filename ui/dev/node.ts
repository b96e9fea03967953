import type { Contact, ContactRequest, Me, Message, Nearby } from '$lib/ipc';
import { ErrorWithCode } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { MIRA, now, OWNER, people, presence, talk } from './people';

const NEVER = new Promise<never>(() => {});

/** A small living node in memory: what is said stays said until the page is loaded again. */
export function sampleNode(home: string): FakeTransport {
  const bare = home === 'empty' || home === 'first';
  let me: Me = { person: OWNER, device: 'd4'.repeat(32), name: home === 'first' ? '' : 'Aino Lehtinen', presence: presence('online', bare ? '' : 'Editing the summer book'), look: null, persona: null, hidden: { from_all: false, from: [] } };
  let contacts: Contact[] = bare ? [] : people();
  let nearby: Nearby[] = home === 'empty' ? [] : [
    { device: 'e5'.repeat(32), name: 'Kofi', asked: false },
    { device: 'f6'.repeat(32), name: '', asked: true },
    { device: '07'.repeat(32), name: '刘洋', asked: false },
  ];
  let requests: ContactRequest[] = bare ? [] : [{ person: '18'.repeat(32), name: 'Sofia Marchetti', at: now }];
  const talks = new Map<string, Message[]>([[MIRA, talk(MIRA)]]);

  const find = (key: string) => {
    const contact = contacts.find((one) => one.person === key || one.name === key);
    if (!contact) throw new ErrorWithCode('not_found', key);
    return contact;
  };
  const put = (contact: Contact) => {
    contacts = [...contacts.filter((one) => one.person !== contact.person), contact];
    node.tell({ change: 'contact', of: contact });
  };
  const setMe = (next: Me) => {
    me = next;
    node.tell({ change: 'me', of: me });
    return {};
  };

  const node = new FakeTransport({
    'me.show': () => (home === 'loading' ? NEVER : home === 'failed' ? Promise.reject(new ErrorWithCode('no_node', '')) : me),
    'node.status': () => ({ person: OWNER, device: me.device, version: '0.1.0', addrs: [], connected: 3, lan: true }),
    'me.set': ({ name }) => setMe({ ...me, name }),
    'presence.set': ({ state, text, until }) => setMe({ ...me, presence: { state, text, since: Date.now(), until }, hidden: { ...me.hidden, from_all: false } }),
    'contact.list': () => [...contacts],
    'contact.nearby': () => nearby,
    'contact.requests': () => requests,
    'contact.invite': () => ({ link: `stoa://invite/${'AbCdEf0123456789-_'.repeat(14)}`, expires: now + 7 * 86_400_000 }),
    'contact.accept': async ({ link }) => {
      await new Promise((done) => setTimeout(done, 800));
      throw new ErrorWithCode(link.startsWith('stoa://invite/') ? 'invite_used' : 'invite_invalid', link);
    },
    'contact.ask': ({ device }) => {
      nearby = nearby.map((one) => (one.device === device ? { ...one, asked: true } : one));
      node.tell({ change: 'nearby', of: nearby });
      return {};
    },
    'contact.consent': ({ person, yes }) => {
      const asker = requests.find((one) => one.person === person);
      requests = requests.filter((one) => one !== asker);
      node.tell({ change: 'requests', of: requests });
      if (yes && asker) {
        put({ person, name: asker.name, own_name: asker.name, verified: false, blocked: false, presence: presence('online'), look: null, persona: null, conversation: `c-${person}`, last: null, unread: 0, since: Date.now() });
      }
      return {};
    },
    'contact.show': ({ contact }) => ({ contact: find(contact), safety_number: '048371592640381759264038175926403817592640381759264038175926', devices: 1 }),
    'contact.verify': ({ contact, verified }) => (put({ ...find(contact), verified }), {}),
    'contact.rename': ({ contact, name }) => (put({ ...find(contact), name: name || find(contact).own_name }), {}),
    'contact.block': ({ contact, blocked }) => (put({ ...find(contact), blocked }), {}),
    'contact.remove': ({ contact }) => {
      const { person } = find(contact);
      contacts = contacts.filter((one) => one.person !== person);
      node.tell({ change: 'contact_gone', of: { person } });
      return {};
    },
    'chat.read': (args) => {
      const { person, last } = find(args.with);
      const messages = talks.get(person) ?? (last ? [last] : []);
      return { messages: args.before || args.since ? [] : messages, more: false };
    },
    'chat.send': ({ to, text, reply }) => {
      const contact = find(to);
      const message: Message = { id: `m${Date.now()}`, conversation: contact.conversation, author: OWNER, mine: true, at: Date.now(), body: { kind: 'text', text, cards: [] }, reply, mark: 'waiting' };
      talks.set(contact.person, [...(talks.get(contact.person) ?? []), message]);
      node.tell({ change: 'message', of: message });
      put({ ...contact, last: message });
      return { id: message.id };
    },
    'chat.seen': (args) => {
      const contact = find(args.with);
      if (contact.unread > 0) put({ ...contact, unread: 0 });
      return {};
    },
    'chat.typing': () => ({}),
    'share.list': () => [],
    'catalog.list': () => [],
  });
  if (home === 'away') setTimeout(() => node.connection('reconnecting'), 300);
  return node;
}
