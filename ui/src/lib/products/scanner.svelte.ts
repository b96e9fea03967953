import type { Chosen } from '$lib/shared';

/** The scan dialog, which any part of the window may open. */
class Scanner {
  open = $state(false);
  /** What to read as soon as it opens. */
  first = $state.raw<Chosen | null>(null);

  show(what: Chosen | null = null): void {
    this.first = what;
    this.open = true;
  }
}

export const scanner = new Scanner();
