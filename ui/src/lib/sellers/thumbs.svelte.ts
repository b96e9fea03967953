import { SvelteMap } from 'svelte/reactivity';
import { call, type Draft } from '$lib/ipc';
import { looksNow } from '$lib/products';

const MOST = 300;
const AT_ONCE = 3;

/** Small pictures of products: the card of each picture, drawn once. */
class Thumbs {
  readonly #drawn = new SvelteMap<string, string | null>();
  readonly #waits: (() => Promise<void>)[] = [];
  #running = 0;

  of(image: string): string | null {
    return this.#drawn.get(image) ?? null;
  }

  want(url: string, draft: Draft, image: string, layout: string): void {
    if (this.#drawn.has(image)) return;
    this.#drawn.set(image, null);
    for (const oldest of this.#drawn.keys()) {
      if (this.#drawn.size <= MOST) break;
      this.#drawn.delete(oldest);
    }
    this.#waits.push(async () => {
      try {
        const card = await call('seller.preview', { url, draft: { ...draft, images: [image], layout }, ...looksNow() });
        this.#drawn.set(image, card.picture);
      } catch {
        // The place stays empty; the next time it is shown it is asked for again.
        this.#drawn.delete(image);
      }
    });
    this.#run();
  }

  #run(): void {
    while (this.#running < AT_ONCE) {
      const next = this.#waits.shift();
      if (!next) return;
      this.#running++;
      void next().finally(() => {
        this.#running--;
        this.#run();
      });
    }
  }
}

export const thumbs = new Thumbs();
