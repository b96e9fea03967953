import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { call, onChange, withCode, type Card, type ErrorCode, type Theme } from '$lib/ipc';

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

const MOST = 200;

/** Cards as last drawn, so that scrolling back shows them at once. */
class Cards {
  readonly #drawn = new SvelteMap<string, Drawn>();
  readonly #shown = new Map<string, number>();
  readonly #asking = new Set<string>();
  #stop: (() => void) | null = null;

  of(link: string, looks: Looks): Drawn | undefined {
    return this.#drawn.get(keyOf(link, looks));
  }

  /** Draws the card unless it is drawn, and again whenever the node says so. Returns the way to stop. */
  show(link: string, looks: Looks): () => void {
    const key = keyOf(link, looks);
    this.#shown.set(key, (this.#shown.get(key) ?? 0) + 1);
    this.#stop ??= onChange((change) => {
      if (change.change === 'card') this.#changed(change.of.link);
      else if (change.change === 'lagged') this.#changed(null);
    });
    // Called in an effect, which must not run again for what it causes.
    if (!untrack(() => this.#drawn.get(key)?.card)) void this.#draw(link, looks);
    return () => {
      const left = (this.#shown.get(key) ?? 1) - 1;
      if (left > 0) this.#shown.set(key, left);
      else this.#shown.delete(key);
      if (this.#shown.size > 0) return;
      this.#stop?.();
      this.#stop = null;
      // Nothing hears changes from here on, so nothing kept can be trusted to be current.
      this.#drawn.clear();
    };
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
      this.#put(key, { card: await call('card.show', { link, ...looks }), failed: null });
    } catch (reason) {
      // A card that is drawn already stays: an old one is better than none.
      if (!this.#drawn.get(key)?.card) this.#put(key, { card: null, failed: withCode(reason).code });
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
