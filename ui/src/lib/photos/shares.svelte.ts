import { untrack } from 'svelte';
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { call, onChange, settled, withCode, type Change, type ErrorCode, type Share } from '$lib/ipc';

/** Every share this window has met, by id; read per contact, kept current by changes. */
class Shares {
  readonly byId = new SvelteMap<string, Share>();
  /** Why a contact's shares could not be read. */
  readonly failed = new SvelteMap<string, ErrorCode>();
  readonly #read = new SvelteSet<string>();
  /** The share open in the photos panel. */
  shown = $state<string | null>(null);
  /** Own shares whose preparation this window has seen: their end is shown until dismissed. */
  readonly #watched = new SvelteSet<string>();
  readonly #gone = new SvelteSet<string>();
  readonly #asked = new Set<string>();
  readonly #opened = new Map<string, number>();
  #heard = 0;
  #stop: (() => void) | null = null;

  /** Reads the shares with and from a contact and listens. Returns the way to stop. */
  open(person: string): () => void {
    this.#opened.set(person, (this.#opened.get(person) ?? 0) + 1);
    this.#stop ??= onChange((change) => this.#take(change));
    untrack(() => void this.refresh(person));
    return () => {
      const left = (this.#opened.get(person) ?? 1) - 1;
      if (left > 0) this.#opened.set(person, left);
      else this.#opened.delete(person);
      if (this.#opened.size > 0) return;
      this.#stop?.();
      this.#stop = null;
    };
  }

  async refresh(person: string): Promise<void> {
    try {
      const list = await settled(() => call('share.list', { with: person }), () => this.#heard);
      for (const share of list) this.#put(share);
      this.failed.delete(person);
      this.#read.add(person);
    } catch (reason) {
      if (!this.#read.has(person)) this.failed.set(person, withCode(reason).code);
    }
  }

  loaded(person: string): boolean {
    return this.#read.has(person);
  }

  /** Both ways with one contact, newest first. */
  with(person: string): Share[] {
    return [...this.byId.values()]
      .filter((share) => share.owner === person || (share.mine && share.with.includes(person)))
      .sort((one, other) => other.at - one.at);
  }

  /** Own shares for a contact that are being prepared, or whose preparation failed just now. */
  preparing(person: string): Share[] {
    return this.with(person).filter(
      (share) =>
        share.mine &&
        !this.#gone.has(share.id) &&
        (share.state === 'preparing' || (this.#watched.has(share.id) && share.state === 'failed')),
    );
  }

  dismiss(id: string): void {
    this.#gone.add(id);
  }

  show(id: string | null): void {
    this.shown = id;
  }

  /** Asks once for a share that no list has brought. */
  async want(id: string): Promise<void> {
    if (this.byId.has(id) || this.#asked.has(id)) return;
    this.#asked.add(id);
    try {
      this.#put((await settled(() => call('share.show', { share: id }), () => this.#heard)).share);
    } catch {
      // Not here yet, or no longer: a change brings it, or it stays a line of text.
    } finally {
      this.#asked.delete(id);
    }
  }

  #take(change: Change): void {
    if (change.change === 'share' || change.change === 'lagged') this.#heard++;
    if (change.change === 'share') this.#put(change.of);
    else if (change.change === 'lagged') for (const person of this.#opened.keys()) void this.refresh(person);
  }

  #put(share: Share): void {
    if (share.mine && share.state === 'preparing') this.#watched.add(share.id);
    this.byId.set(share.id, share);
  }
}

export const shares = new Shares();
