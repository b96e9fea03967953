import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { call, onChange, withCode, type Card, type ErrorCode, type Theme } from '$lib/ipc';
import { sizes } from './sizes';

/** How a card is to be drawn. */
export interface Looks {
  theme: Theme;
  locale: string;
  scale: 1 | 2;
}

export interface Drawn {
  card: Card | null;
  failed: ErrorCode | null;
}

interface Shown {
  times: number;
  from: string | null;
}

const MOST = 200;

/** Cards as last drawn, so that scrolling back shows them at once. */
class Cards {
  readonly #drawn = new SvelteMap<string, Drawn>();
  readonly #shown = new Map<string, Shown>();
  readonly #asking = new Set<string>();
  #stop: (() => void) | null = null;

  of(link: string, looks: Looks): Drawn | undefined {
    return this.#drawn.get(keyOf(link, looks));
  }

  /**
   * Draws the card unless it is drawn, and again whenever the node says so; only while it is in view, since the node
   * may ask the catalog. `from` is the person who sent the link. Returns the way to stop.
   */
  show(link: string, looks: Looks, from: string | null): () => void {
    const key = keyOf(link, looks);
    const shown = this.#shown.get(key) ?? { times: 0, from };
    this.#shown.set(key, { times: shown.times + 1, from: shown.from ?? from });
    this.#stop ??= onChange((change) => {
      if (change.change === 'card') this.#changed(change.of.link);
      else if (change.change === 'lagged') this.#changed(null);
    });
    // Called in an effect, which must not run again for what it causes.
    if (!untrack(() => this.#drawn.get(key)?.card)) void this.#draw(link, looks);
    return () => {
      const left = this.#shown.get(key);
      if (left && left.times > 1) this.#shown.set(key, { ...left, times: left.times - 1 });
      else this.#shown.delete(key);
      if (this.#shown.size > 0) return;
      this.#stop?.();
      this.#stop = null;
      // Nothing hears changes from here on, so nothing kept can be trusted to be current.
      this.#drawn.clear();
    };
  }

  /** Asks for a card that could not be drawn. */
  again(link: string, looks: Looks): void {
    this.#drawn.delete(keyOf(link, looks));
    void this.#draw(link, looks);
  }

  #changed(link: string | null): void {
    for (const key of [...this.#drawn.keys(), ...this.#shown.keys()]) {
      const [of, looks] = partsOf(key);
      if (link !== null && of !== link) continue;
      if (this.#shown.has(key)) void this.#draw(of, looks);
      else this.#drawn.delete(key);
    }
  }

  async #draw(link: string, looks: Looks): Promise<void> {
    const key = keyOf(link, looks);
    if (this.#asking.has(key)) return;
    this.#asking.add(key);
    try {
      const card = await call('card.show', { link, ...looks, from: this.#shown.get(key)?.from ?? null });
      sizes.note(link, { width: card.width, height: card.height });
      this.#put(key, { card, failed: null });
    } catch (reason) {
      // A card that is drawn already stays: an old one is better than none.
      if (this.#drawn.get(key)?.card) return;
      const { code } = withCode(reason);
      if (code === 'no_card') sizes.note(link, null);
      this.#put(key, { card: null, failed: code });
    } finally {
      this.#asking.delete(key);
    }
  }

  #put(key: string, drawn: Drawn): void {
    this.#drawn.delete(key);
    this.#drawn.set(key, drawn);
    for (const oldest of this.#drawn.keys()) {
      if (this.#drawn.size <= MOST) break;
      if (!this.#shown.has(oldest)) this.#drawn.delete(oldest);
    }
  }
}

function keyOf(link: string, looks: Looks): string {
  return JSON.stringify([link, looks]);
}

function partsOf(key: string): [string, Looks] {
  return JSON.parse(key) as [string, Looks];
}

export const cards = new Cards();
