import { SvelteSet } from 'svelte/reactivity';
import { call, onChange, settled, withCode, type Change, type Contact, type ContactRequest, type ErrorCode, type Nearby } from '$lib/ipc';

/** How long `Change::Typing` holds, as the backend promises. */
const TYPING_MS = 6_000;
/** The changes that make a reading under way an old one. */
const READ_WITH = new Set<Change['change']>(['contact', 'contact_gone', 'nearby', 'requests', 'lagged']);

/** Everybody the owner knows, is asked by, or could ask. */
export class Contacts {
  /** Newest talk first. */
  all = $state.raw<Contact[]>([]);
  nearby = $state.raw<Nearby[]>([]);
  requests = $state.raw<ContactRequest[]>([]);
  loading = $state(true);
  failed = $state<ErrorCode | null>(null);
  /** Persons who are typing now. */
  readonly typing = new SvelteSet<string>();
  #heard = 0;
  readonly #typingEnds = new Map<string, ReturnType<typeof setTimeout>>();

  readonly unread = $derived(this.all.reduce((sum, contact) => sum + contact.unread, 0));

  /** Reads and follows until the answer is called. */
  start(): () => void {
    const stop = onChange((change) => this.#take(change));
    void this.read();
    return stop;
  }

  async read(): Promise<void> {
    try {
      const [all, nearby, requests] = await settled(
        () => Promise.all([call('contact.list', {}), call('contact.nearby', {}), call('contact.requests', {})]),
        () => this.#heard,
      );
      this.all = all.sort(newestFirst);
      this.nearby = nearby;
      this.requests = requests;
      this.failed = null;
    } catch (reason) {
      if (this.loading) this.failed = withCode(reason).code;
    } finally {
      this.loading = false;
    }
  }

  of(person: string | null): Contact | null {
    return this.all.find((contact) => contact.person === person) ?? null;
  }

  #take(change: Change): void {
    if (READ_WITH.has(change.change)) this.#heard++;
    switch (change.change) {
      case 'contact':
        this.all = [change.of, ...this.#without(change.of.person)].sort(newestFirst);
        break;
      case 'contact_gone':
        this.all = this.#without(change.of.person);
        break;
      case 'nearby':
        this.nearby = change.of;
        break;
      case 'requests':
        this.requests = change.of;
        break;
      case 'typing':
        this.#types(change.of.person);
        break;
      case 'message':
        if (!change.of.mine) this.#typed(change.of.author);
        break;
      case 'lagged':
        void this.read();
        break;
    }
  }

  #without(person: string): Contact[] {
    return this.all.filter((contact) => contact.person !== person);
  }

  #types(person: string): void {
    clearTimeout(this.#typingEnds.get(person));
    this.typing.add(person);
    this.#typingEnds.set(person, setTimeout(() => this.#typed(person), TYPING_MS));
  }

  #typed(person: string): void {
    clearTimeout(this.#typingEnds.get(person));
    this.#typingEnds.delete(person);
    this.typing.delete(person);
  }
}

function newestFirst(one: Contact, other: Contact): number {
  return lastAt(other) - lastAt(one) || one.name.localeCompare(other.name);
}

function lastAt(contact: Contact): number {
  return contact.last?.at ?? contact.since;
}

export const contacts = new Contacts();
