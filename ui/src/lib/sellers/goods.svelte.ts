import { call, onChange, withCode, type ErrorCode, type Good, type SellerPatch } from '$lib/ipc';

const PAUSE_MS = 250;
const MOST_PAGES = 50;

/** The owner's products in one catalog: pages read so far, read again after every write. */
export class Goods {
  readonly url: string;
  words = $state('');
  all = $state.raw<readonly Good[]>([]);
  next = $state<string | null>(null);
  loaded = $state(false);
  loading = $state(false);
  failed = $state<ErrorCode | null>(null);
  /** The words the products on show belong to. */
  answered = $state('');
  #pages = 1;
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string) {
    this.url = url;
  }

  /** Reads, and again after a gap. Returns the way to stop. */
  start(): () => void {
    const stop = onChange((change) => {
      if (change.change === 'lagged') void this.refresh();
    });
    void this.search();
    return () => {
      clearTimeout(this.#timer);
      stop();
    };
  }

  /** Searches a moment after the last letter. */
  typed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.search(), PAUSE_MS);
  }

  /** Reads the first page of what fits the words. */
  async search(): Promise<void> {
    clearTimeout(this.#timer);
    this.#pages = 1;
    const read = await this.#read(this.words.trim());
    if (read) this.all = read;
  }

  async more(): Promise<void> {
    if (this.next === null || this.loading) return;
    this.#pages = Math.min(this.#pages + 1, MOST_PAGES);
    await this.refresh();
  }

  /** Reads as many pages again; what stood on show keeps its place, so that nothing runs away from a hand that edits. */
  async refresh(): Promise<void> {
    const read = await this.#read(this.answered);
    if (!read) return;
    const now = new Map(read.map((good) => [good.draft.code, good]));
    const stayed = this.all.flatMap(({ draft }) => now.get(draft.code) ?? []);
    const known = new Set(stayed.map(({ draft }) => draft.code));
    const fresh = read.filter(({ draft }) => !known.has(draft.code));
    const newest = fresh.filter((good) => stayed.every((other) => good.as_of > other.as_of));
    this.all = [...newest, ...stayed, ...fresh.filter((good) => !newest.includes(good))];
  }

  /** Changes price or stock; rejects with the code. */
  async patch(change: Omit<SellerPatch, 'url'>): Promise<void> {
    await call('seller.patch', { url: this.url, ...change });
    await this.refresh();
  }

  async withdraw(code: string): Promise<void> {
    await call('seller.withdraw', { url: this.url, code });
    await this.refresh();
  }

  /** One product as the catalog has it now; null when it is gone. */
  async one(code: string): Promise<Good | null> {
    const page = await call('seller.products', { url: this.url, words: code, after: null });
    return page.goods.find(({ draft }) => draft.code === code) ?? null;
  }

  async #read(words: string): Promise<Good[] | null> {
    const turn = ++this.#turn;
    this.loading = true;
    this.failed = null;
    const read: Good[] = [];
    let next: string | null = null;
    try {
      for (let page = 0; page < this.#pages && (page === 0 || next !== null); page++) {
        const answer: { goods: Good[]; next: string | null } = await call('seller.products', { url: this.url, words: words || null, after: next });
        if (turn !== this.#turn) return null;
        read.push(...answer.goods);
        next = answer.next;
      }
    } catch (reason) {
      if (turn !== this.#turn) return null;
      this.failed = withCode(reason).code;
      this.loading = false;
      return null;
    }
    this.next = next;
    this.answered = words;
    this.loaded = true;
    this.loading = false;
    return read;
  }
}
