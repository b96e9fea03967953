const NEAR_PX = 48;

/**
 * Whether a list stays at its end while it grows. Only the reader's own scrolling up lets go: growth, and the list's
 * corrections of its own estimates, never move the offset up while the end moves away.
 */
export class Stick {
  atEnd = true;
  #offset = 0;

  /** All in CSS pixels. Returns whether the list is at its end now. */
  scrolled(offset: number, viewport: number, total: number): boolean {
    const left = total - viewport - offset;
    if (left <= NEAR_PX) this.atEnd = true;
    else if (offset < this.#offset - 1) this.atEnd = false;
    this.#offset = offset;
    return this.atEnd;
  }

  /** The list was sent elsewhere on purpose. */
  letGo(): void {
    this.atEnd = false;
  }
}
