import { call, withCode, type Card, type Draft, type ErrorCode } from '$lib/ipc';
import { looksNow } from '$lib/products';

const PAUSE_MS = 350;

/** The card of a draft, drawn a moment after the last change. */
export class Preview {
  card = $state.raw<Card | null>(null);
  failed = $state<ErrorCode | null>(null);
  drawing = $state(false);
  readonly #url: string;
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  draw(draft: Draft, looks: ReturnType<typeof looksNow>): void {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    this.#timer = setTimeout(() => void this.#now(turn, draft, looks), this.card || this.failed ? PAUSE_MS : 0);
  }

  stop(): void {
    this.#turn++;
    clearTimeout(this.#timer);
  }

  async #now(turn: number, draft: Draft, looks: ReturnType<typeof looksNow>): Promise<void> {
    this.drawing = true;
    try {
      const card = await call('seller.preview', { url: this.#url, draft, ...looks });
      if (turn !== this.#turn) return;
      this.card = card;
      this.failed = null;
    } catch (reason) {
      if (turn !== this.#turn) return;
      this.failed = withCode(reason).code;
    }
    this.drawing = false;
  }
}
