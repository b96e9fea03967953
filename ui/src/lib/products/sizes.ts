const KEY = 'stoa.cards';
const MOST = 400;

/** A drawn card's size in CSS pixels; null where there was no card. */
export type Size = { width: number; height: number } | null;

/** Sizes of cards that were drawn before, so that a card's place is right before it is drawn again. */
class Sizes {
  readonly #known = new Map<string, Size>(read());
  #keeping = false;

  of(link: string): Size | undefined {
    return this.#known.get(link);
  }

  note(link: string, size: Size): void {
    const known = this.#known.get(link);
    if (known !== undefined && known?.width === size?.width && known?.height === size?.height) return;
    this.#known.delete(link);
    this.#known.set(link, size);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST) break;
      this.#known.delete(oldest);
    }
    if (this.#keeping) return;
    this.#keeping = true;
    queueMicrotask(() => this.#keep());
  }

  #keep(): void {
    this.#keeping = false;
    try {
      localStorage.setItem(KEY, JSON.stringify([...this.#known].map(([link, size]) => (size ? [link, size.width, size.height] : [link]))));
    } catch {
      // Without storage a card's place is guessed after each start.
    }
  }
}

function read(): [string, Size][] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.flatMap(entry) : [];
  } catch {
    return [];
  }
}

function entry(kept: unknown): [string, Size][] {
  if (!Array.isArray(kept)) return [];
  const [link, width, height] = kept as unknown[];
  if (typeof link !== 'string') return [];
  if (typeof width !== 'number' || typeof height !== 'number') return [[link, null]];
  return width > 0 && height > 0 && width <= 2_000 && height <= 2_000 ? [[link, { width, height }]] : [];
}

export const sizes = new Sizes();
