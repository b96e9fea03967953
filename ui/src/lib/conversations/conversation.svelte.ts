import { SvelteSet } from 'svelte/reactivity';
import { tick, untrack } from 'svelte';
import { call, onChange, withCode, type Change, type ErrorCode, type Message, type Page } from '$lib/ipc';

const PAGE = 50;
const MOST = 200;
const TYPING_SHOWN_MS = 6_000;
const TYPING_TOLD_MS = 4_000;
const REACH_PAGES = 40;
const RETRY_MS = 2_000;
const MOST_REPEATS = 3;

/** One contact's chat as the window holds it: the newest pages, in the node's order, kept current by changes. */
export class Conversation {
  readonly person: string;
  /** Oldest first. */
  messages = $state.raw<readonly Message[]>([]);
  /** Older ones stand before the first. */
  more = $state(false);
  loaded = $state(false);
  loadingOlder = $state(false);
  /** Why nothing could be read; null when something was. */
  failed = $state<ErrorCode | null>(null);
  /** The last change put messages in front: the list keeps its place from the end. */
  prepended = $state(false);
  /** Where new messages began when they were first shown. */
  firstUnread = $state<string | null>(null);
  typing = $state(false);
  /** Others' messages that arrived since the list was last at its end. */
  readonly arrived = new SvelteSet<string>();

  readonly #conversation: string;
  #seen: string | null = null;
  #typingEnds: ReturnType<typeof setTimeout> | undefined;
  #toldTyping = 0;
  #reading: Promise<void> | null = null;
  #readAgain = false;
  /** Told while a page was being read, which may not hold them yet. */
  readonly #heard = new Map<string, Message>();
  #older: Promise<void> | null = null;
  #opened = false;
  /** End the waits for a second try. */
  readonly #waits = new Set<() => void>();
  #sending: Promise<unknown> = Promise.resolve();

  constructor(person: string, conversation: string) {
    this.person = person;
    this.#conversation = conversation;
  }

  /** Listens and reads; for an effect, which does not run again for what it causes. Returns the way to stop. */
  open(): () => void {
    this.#opened = true;
    const stop = onChange((change) => this.#take(change));
    untrack(() => void this.refresh());
    return () => {
      stop();
      clearTimeout(this.#typingEnds);
      this.#opened = false;
      for (const end of this.#waits) end();
    };
  }

  of(id: string): Message | undefined {
    return this.messages.find((message) => message.id === id);
  }

  /** Reads the newest messages again; calls during a reading become one more. */
  refresh(): Promise<void> {
    if (this.#reading) this.#readAgain = true;
    else this.#reading = this.#readUntilQuiet().finally(() => (this.#reading = null));
    return this.#reading;
  }

  /** Puts the next older page in front; calls during a reading wait for that one. */
  older(): Promise<void> {
    this.#older ??= this.#readOlder().finally(() => (this.#older = null));
    return this.#older;
  }

  async #readUntilQuiet(): Promise<void> {
    let repeats = 0;
    do {
      this.#readAgain = false;
      this.#heard.clear();
      await this.#readNewest();
    } while (this.#readAgain || (this.#heard.size > 0 && repeats++ < MOST_REPEATS));
  }

  async #readOlder(): Promise<void> {
    const first = this.messages[0];
    if (!this.more || !first) return;
    this.loadingOlder = true;
    try {
      const page = await this.#page(first.id, PAGE);
      if (this.messages[0]?.id !== first.id) return;
      this.more = page.more && page.messages.length > 0;
      if (page.messages.length === 0) return;
      this.prepended = true;
      this.messages = [...page.messages, ...this.messages];
      await tick();
      this.prepended = false;
    } catch {
      // The next scroll asks again.
    } finally {
      this.loadingOlder = false;
    }
  }

  /** Loads older pages until the message is there. False when it is not within reach. */
  async reach(id: string): Promise<boolean> {
    for (let page = 0; page < REACH_PAGES; page++) {
      if (this.of(id)) return true;
      const first = this.messages[0]?.id;
      await this.older();
      if (this.messages[0]?.id === first) return false;
    }
    return this.of(id) !== undefined;
  }

  /** Sends one text, after those sent before it. Rejects with the code when the node did not take it. */
  send(text: string, reply: string | null): Promise<void> {
    const sent = this.#sending.then(async () => {
      await call('chat.send', { to: this.person, text, reply });
      this.firstUnread = null;
    });
    this.#sending = sent.catch(() => {});
    return sent;
  }

  /** Tells the contact about typing, at most every 4 s. */
  tellTyping(): void {
    const now = Date.now();
    if (now - this.#toldTyping < TYPING_TOLD_MS) return;
    this.#toldTyping = now;
    call('chat.typing', { to: this.person }).catch(() => {});
  }

  /** The owner has had everything up to `index` before their eyes. */
  saw(index: number): void {
    const already = this.messages.findIndex((message) => message.id === this.#seen);
    for (let at = Math.min(index, this.messages.length - 1); at > already; at--) {
      const message = this.messages[at];
      if (!message || message.mine) continue;
      if (message.mark === 'read') return;
      this.#seen = message.id;
      call('chat.seen', { with: this.person, id: message.id }).catch(() => (this.#seen = null));
      return;
    }
  }

  #take(change: Change): void {
    if (change.change === 'message') this.#takeMessage(change.of);
    else if (change.change === 'typing' && change.of.person === this.person) this.#showTyping();
    else if (change.change === 'lagged') void this.refresh();
  }

  #takeMessage(message: Message): void {
    if (message.conversation !== this.#conversation) return;
    if (this.#reading) this.#heard.set(message.id, message);
    const index = this.messages.findIndex((known) => known.id === message.id);
    if (index >= 0) {
      this.messages = this.messages.with(index, message);
      return;
    }
    if (!message.mine) this.#stopTyping();
    const last = this.messages.at(-1);
    if (!this.loaded || (last && message.at < last.at)) {
      // Its place among the others is the node's to say.
      void this.refresh();
      return;
    }
    this.messages = [...this.messages, message];
    this.#note([message]);
  }

  async #readNewest(): Promise<void> {
    try {
      const page = await this.#page(null, Math.min(Math.max(this.messages.length, PAGE), MOST));
      this.#merge(page);
      this.failed = null;
    } catch (reason) {
      if (!this.loaded) this.failed = withCode(reason).code;
    }
  }

  /** Once something is shown, a failure stays unseen: it gets a second try. */
  async #page(before: string | null, limit: number): Promise<Page> {
    const read = () => call('chat.read', { with: this.person, before, since: null, limit });
    try {
      return await read();
    } catch (reason) {
      if (!this.loaded || !(await this.#waited())) throw reason;
      return read();
    }
  }

  /** False when the conversation is closed. */
  async #waited(): Promise<boolean> {
    if (!this.#opened) return false;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waits.delete(end);
        resolve();
      };
      const timer = setTimeout(end, RETRY_MS);
      this.#waits.add(end);
    });
    return this.#opened;
  }

  /** The page with what was told during its reading. A late message's place in it is for the next page to say. */
  #withHeard(page: readonly Message[]): readonly Message[] {
    const ids = new Set(page.map((message) => message.id));
    const end = page.at(-1)?.at ?? 0;
    const after = [...this.#heard.values()].filter((message) => !ids.has(message.id) && message.at >= end);
    return [...page.map((message) => this.#heard.get(message.id) ?? message), ...after];
  }

  /** The page is the truth about the newest; what stands before it is kept when the two overlap. */
  #merge(page: Page): void {
    const known = new Set(this.messages.map((message) => message.id));
    const oldest = page.messages[0];
    const overlap = oldest ? this.messages.findIndex((message) => message.id === oldest.id) : -1;
    const newest = this.#withHeard(page.messages);
    const fresh = newest.filter((message) => !known.has(message.id));
    if (overlap > 0) {
      this.messages = [...this.messages.slice(0, overlap), ...newest];
    } else {
      this.messages = newest;
      this.more = page.more;
    }
    if (this.loaded) this.#note(fresh);
    else this.firstUnread = newest.find((message) => !message.mine && message.mark !== 'read')?.id ?? null;
    this.loaded = true;
  }

  #note(fresh: readonly Message[]): void {
    const theirs = fresh.filter((message) => !message.mine && message.mark !== 'read');
    for (const message of theirs) this.arrived.add(message.id);
    const first = theirs[0];
    if (first && this.firstUnread === null && !document.hasFocus()) this.firstUnread = first.id;
  }

  #showTyping(): void {
    this.typing = true;
    clearTimeout(this.#typingEnds);
    this.#typingEnds = setTimeout(() => this.#stopTyping(), TYPING_SHOWN_MS);
  }

  #stopTyping(): void {
    clearTimeout(this.#typingEnds);
    this.typing = false;
  }
}
