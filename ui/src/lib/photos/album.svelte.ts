import { untrack } from 'svelte';
import { call, onChange, withCode, type Change, type ErrorCode, type ShareDetails, type ShareFetched, type ShareItem } from '$lib/ipc';

/** One opened share: its pictures in order, and who fetched them. */
export class Album {
  readonly share: string;
  items = $state.raw<readonly ShareItem[]>([]);
  fetched = $state.raw<readonly ShareFetched[]>([]);
  loaded = $state(false);
  failed = $state<ErrorCode | null>(null);
  #reading = false;
  #readAgain = false;
  #known = '';
  /** Told during a reading. A fetch tells too many for reading until none comes. */
  readonly #heard = new Map<number, ShareItem>();

  constructor(share: string) {
    this.share = share;
  }

  open(): () => void {
    const stop = onChange((change) => this.#take(change));
    untrack(() => void this.refresh());
    return stop;
  }

  /** Reads all of it; calls during a reading become one more. */
  async refresh(): Promise<void> {
    if (this.#reading) {
      this.#readAgain = true;
      return;
    }
    this.#reading = true;
    try {
      do {
        this.#readAgain = false;
        this.#heard.clear();
        this.#put(await call('share.show', { share: this.share }));
      } while (this.#readAgain);
      this.failed = null;
    } catch (reason) {
      if (!this.loaded) this.failed = withCode(reason).code;
    } finally {
      this.#reading = false;
    }
  }

  /** Who has this picture, on the owner's side. */
  fetchedBy(index: number): string[] {
    return this.fetched.filter((by) => by.items.includes(index)).map((by) => by.person);
  }

  #take(change: Change): void {
    if (change.change === 'share_item' && change.of.share === this.share) {
      if (this.#reading) this.#heard.set(change.of.item.index, change.of.item);
      this.#putItem(change.of.item);
    } else if (change.change === 'lagged') void this.refresh();
    else if (change.change === 'share' && change.of.id === this.share) {
      // Receipts come as a changed share; progress does too, and its pictures tell it themselves.
      const known = `${change.of.state} ${change.of.count} ${change.of.wanted} ${change.of.with.length}`;
      if (change.of.mine || known !== this.#known) void this.refresh();
      this.#known = known;
    }
  }

  #put(details: ShareDetails): void {
    this.items = details.items;
    for (const item of this.#heard.values()) this.#putItem(item);
    this.fetched = details.fetched;
    this.loaded = true;
  }

  #putItem(item: ShareItem): void {
    const at = this.items.findIndex((known) => known.index === item.index);
    this.items = at < 0 ? [...this.items, item].sort((one, other) => one.index - other.index) : this.items.with(at, item);
  }
}
