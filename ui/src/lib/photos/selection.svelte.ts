import { SvelteSet } from 'svelte/reactivity';

/** Which pictures of a grid are chosen, by position in the share; ranges run from the last one touched. */
export class Selection {
  readonly chosen = new SvelteSet<number>();
  #anchor: number | null = null;

  get size(): number {
    return this.chosen.size;
  }

  has(index: number): boolean {
    return this.chosen.has(index);
  }

  toggle(index: number): void {
    if (this.chosen.has(index)) this.chosen.delete(index);
    else this.chosen.add(index);
    this.#anchor = index;
  }

  /** Chooses everything from the last one touched to this one. `order` holds all positions as shown. */
  range(index: number, order: readonly number[]): void {
    const from = this.#anchor === null ? -1 : order.indexOf(this.#anchor);
    const to = order.indexOf(index);
    if (to < 0) return;
    const start = from < 0 ? to : from;
    for (const each of order.slice(Math.min(start, to), Math.max(start, to) + 1)) this.chosen.add(each);
    this.#anchor = index;
  }

  all(order: readonly number[]): void {
    for (const index of order) this.chosen.add(index);
  }

  clear(): void {
    this.chosen.clear();
    this.#anchor = null;
  }

  /** Chosen positions that fit, in order. */
  of(fits: (index: number) => boolean): number[] {
    return [...this.chosen].filter(fits).sort((one, other) => one - other);
  }
}
