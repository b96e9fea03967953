import { call, withCode, type ErrorCode, type Media, type Recipe } from '$lib/ipc';

/** The side that contacts get, and what a list shows. */
export const LARGE = 512;
const SMALL = 96;
/** The composed picture. */
export const WHOLE = 1024;
/** Calm after which the small picture is drawn as well. */
const CALM_MS = 150;

/** The picture of a recipe as the node draws it. One question is under way at a time; the newest recipe follows, others are left out. */
export class Preview {
  large = $state.raw<ImageBitmap | null>(null);
  small = $state.raw<ImageBitmap | null>(null);
  failed = $state<ErrorCode | null>(null);
  #wanted: Recipe | null = null;
  #running = false;
  #ended = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  draw(recipe: Recipe): void {
    this.#wanted = recipe;
    clearTimeout(this.#timer);
    if (!this.#running) void this.#run();
  }

  stop(): void {
    this.#ended = true;
    this.#wanted = null;
    clearTimeout(this.#timer);
    this.large?.close();
    this.small?.close();
    this.large = this.small = null;
  }

  async #run(): Promise<void> {
    this.#running = true;
    let drawn: Recipe | null = null;
    while (this.#wanted) {
      drawn = this.#wanted;
      this.#wanted = null;
      try {
        this.#show('large', await picture(drawn, LARGE));
        this.failed = null;
      } catch (reason) {
        this.failed = withCode(reason).code;
        drawn = null;
      }
    }
    this.#running = false;
    const last = drawn;
    if (last && !this.#ended) this.#timer = setTimeout(() => void this.#shrink(last), this.small ? CALM_MS : 0);
  }

  async #shrink(recipe: Recipe): Promise<void> {
    try {
      this.#show('small', await picture(recipe, SMALL));
    } catch {
      // The large one says what is wrong.
    }
  }

  /** A bitmap is a megabyte that nothing else lets go of in time. */
  #show(which: 'large' | 'small', next: ImageBitmap): void {
    if (this.#ended) return next.close();
    const before = this[which];
    this[which] = next;
    before?.close();
  }
}

async function picture(recipe: Recipe, side: number): Promise<ImageBitmap> {
  return createImageBitmap(blobOf(await call('persona.preview', { recipe, side })));
}

export function blobOf({ mime, base64 }: Media): Blob {
  return new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: mime });
}
