import { call, withCode, type ErrorCode, type Hit } from '$lib/ipc';
import { settings } from '$lib/shared';

const PAUSE_MS = 250;

/** One search in one catalog, as its words are typed. */
export class Search {
  catalog = $state('');
  words = $state('');
  hits = $state.raw<readonly Hit[]>([]);
  next = $state<string | null>(null);
  loading = $state(false);
  failed = $state<ErrorCode | null>(null);
  /** The words the hits belong to. */
  answered = $state<string | null>(null);
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Searches a moment after the last letter. */
  typed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.run(), PAUSE_MS);
  }

  async run(): Promise<void> {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    const words = this.words.trim();
    this.failed = null;
    if (words === '' || this.catalog === '') {
      this.hits = [];
      this.next = null;
      this.answered = null;
      this.loading = false;
      return;
    }
    await this.#page(turn, words, null);
  }

  async more(): Promise<void> {
    if (this.loading || this.next === null || this.answered === null) return;
    await this.#page(++this.#turn, this.answered, this.next);
  }

  async #page(turn: number, words: string, after: string | null): Promise<void> {
    this.loading = true;
    try {
      const page = await call('catalog.search', { catalog: this.catalog, words, locale: settings.locale, after });
      if (turn !== this.#turn) return;
      const known = after === null ? [] : this.hits;
      this.hits = [...known, ...page.hits.filter((hit) => !known.some((one) => one.code === hit.code))];
      this.next = page.next;
      this.answered = words;
    } catch (reason) {
      if (turn !== this.#turn) return;
      this.failed = withCode(reason).code;
      if (after === null) {
        this.hits = [];
        this.answered = null;
      }
    }
    this.loading = false;
  }
}
