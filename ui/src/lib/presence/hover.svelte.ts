import type { Attachment } from 'svelte/attachments';
import { call } from '$lib/ipc';

const OPEN_MS = 450;
/** Long enough to reach the card with the pointer. */
const CLOSE_MS = 220;
const PRESS_MS = 500;
/** A finger that went further scrolls. */
const SLACK_PX = 10;
const REFRESH_MS = 10_000;

/** Whose card is open, and beside what. One at a time. */
class Hover {
  person = $state<string | null>(null);
  anchor = $state.raw<HTMLElement | null>(null);
  /** Opened by a key: the focus goes into the card. */
  byKey = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Where the pointer was seen last. */
  #at: { x: number; y: number } | null = null;
  readonly #asked = new Map<string, number>();

  /** Follows the pointer until the answer is called. */
  watch(): () => void {
    const ears = new AbortController();
    window.addEventListener('pointermove', ({ clientX, clientY }) => (this.#at = { x: clientX, y: clientY }), { signal: ears.signal, passive: true });
    return () => ears.abort();
  }

  /** Opens the person's card over a part on hovering, on Alt+Enter and on a long press; `own`: of the owner. */
  over(person: string, own = false): Attachment<HTMLElement> {
    return (part) => {
      const ears = new AbortController();
      const { signal } = ears;
      let came: { x: number; y: number } | null = null;
      let press: { x: number; y: number } | null = null;
      let pressed = false;

      part.addEventListener('pointerenter', ({ pointerType, clientX, clientY }) => {
        if (pointerType === 'touch') return;
        if (this.anchor === part) this.stay();
        // A part that came under a resting pointer, as a menu closed, was not pointed at yet.
        else if (this.#at?.x === clientX && this.#at.y === clientY) came = this.#at;
        else this.#soon(() => this.open(person, part, { own }), OPEN_MS);
      }, { signal });
      part.addEventListener('pointerleave', ({ pointerType }) => {
        if (pointerType === 'touch') return;
        came = null;
        this.leave();
      }, { signal });
      part.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' || !event.altKey) return;
        event.preventDefault();
        // Enter alone opens the part's menu; this one is for the card.
        event.stopImmediatePropagation();
        this.open(person, part, { own, byKey: true });
      }, { signal, capture: true });
      part.addEventListener('pointerdown', ({ pointerType, clientX, clientY }) => {
        pressed = false;
        if (pointerType !== 'touch') {
          came = null;
          this.close();
          return;
        }
        press = { x: clientX, y: clientY };
        this.#soon(() => {
          pressed = true;
          this.open(person, part, { own });
        }, PRESS_MS);
      }, { signal });
      part.addEventListener('pointermove', ({ pointerType, clientX, clientY }) => {
        if (pointerType !== 'touch' && came && (came.x !== clientX || came.y !== clientY)) {
          came = null;
          this.#soon(() => this.open(person, part, { own }), OPEN_MS);
        }
        if (pointerType === 'touch' && press && !pressed && Math.hypot(clientX - press.x, clientY - press.y) > SLACK_PX) this.#stop();
      }, { signal });
      for (const end of ['pointerup', 'pointercancel'] as const) {
        part.addEventListener(end, ({ pointerType }) => pointerType === 'touch' && !pressed && this.#stop(), { signal });
      }
      // The press was for the card, not for what a tap would do, nor for the browser's own menu.
      part.addEventListener('contextmenu', (event) => press && event.preventDefault(), { signal });
      part.addEventListener('click', (event) => {
        if (!pressed) return;
        pressed = false;
        event.preventDefault();
        event.stopImmediatePropagation();
      }, { signal, capture: true });
      return () => {
        ears.abort();
        if (this.anchor === part) this.close();
        else this.#stop();
      };
    };
  }

  open(person: string, anchor: HTMLElement, { own = false, byKey = false } = {}): void {
    this.#stop();
    // Its menu is open: the card would lie over it.
    if (anchor.dataset.state === 'open') return;
    this.anchor = anchor;
    this.byKey = byKey;
    this.person = person;
    if (!own) this.#refresh(person);
  }

  close(): void {
    this.#stop();
    this.person = null;
    this.anchor = null;
  }

  /** The pointer left the part or its card. */
  leave(): void {
    if (!this.byKey) this.#soon(() => this.close(), CLOSE_MS);
  }

  /** The pointer came to the card. */
  stay(): void {
    this.#stop();
  }

  #refresh(person: string): void {
    const now = Date.now();
    if (now - (this.#asked.get(person) ?? 0) < REFRESH_MS) return;
    this.#asked.set(person, now);
    // Nobody may be there to ask; what is known is shown either way.
    call('look.refresh', { contact: person }).catch(() => {});
  }

  #soon(act: () => void, after: number): void {
    this.#stop();
    this.#timer = setTimeout(act, after);
  }

  #stop(): void {
    clearTimeout(this.#timer);
  }
}

export const hover = new Hover();
