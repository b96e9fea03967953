import { cleanup } from '@testing-library/svelte';
import { afterEach } from 'vitest';

afterEach(cleanup);

// jsdom lays nothing out and knows none of these.
class NoResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}
globalThis.ResizeObserver ??= NoResizeObserver;

// Without a layout everything is in view, unless a test says otherwise.
class AlwaysInView {
  readonly #seen: (entries: { isIntersecting: boolean }[]) => void;

  constructor(seen: (entries: { isIntersecting: boolean }[]) => void) {
    this.#seen = seen;
  }

  observe() {
    this.#seen([{ isIntersecting: true }]);
  }

  unobserve() {}
  disconnect() {}
}
globalThis.IntersectionObserver ??= AlwaysInView as unknown as typeof IntersectionObserver;
Element.prototype.scrollIntoView ??= () => {};
window.matchMedia ??= (media: string) =>
  ({ media, matches: false, addEventListener() {}, removeEventListener() {} }) as unknown as MediaQueryList;
