import { call, withCode, type ErrorCode, type Media, type Recipe } from '$lib/ipc';

/** The side that contacts get, and what a list shows. */
export const LARGE = 512;
export const SMALL = 96;
/** The composed picture. */
export const WHOLE = 1024;
/** Calm after which the small picture is drawn as well. */
const CALM_MS = 150;

type Drawable = ImageBitmap;

/** The picture of a recipe as the node draws it. One question is under way at a time; the newest recipe follows, others are left out. */
export class Preview {
  large = $state.raw<Drawable | null>(null);
  small = $state.raw<Drawable | null>(null);
  failed = $state<ErrorCode | null>(null);
  #wanted: Recipe | null = null;
  #running = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  draw(recipe: Recipe): void {
    this.#wanted = recipe;
    clearTimeout(this.#timer);
    if (!this.#running) void this.#run();
  }

  stop(): void {
    this.#wanted = null;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#running = true;
    let drawn: Recipe | null = null;
    while (this.#wanted) {
      drawn = this.#wanted;
      this.#wanted = null;
      try {
        this.large = await picture(drawn, LARGE);
        this.failed = null;
      } catch (reason) {
        this.failed = withCode(reason).code;
        drawn = null;
      }
    }
    this.#running = false;
    const last = drawn;
    if (last) this.#timer = setTimeout(() => void this.#shrink(last), this.small ? CALM_MS : 0);
  }

  async #shrink(recipe: Recipe): Promise<void> {
    try {
      this.small = await picture(recipe, SMALL);
    } catch {
      // The large one says what is wrong.
    }
  }
}

async function picture(recipe: Recipe, side: number): Promise<ImageBitmap> {
  return createImageBitmap(blobOf(await call('persona.preview', { recipe, side })));
}

export function blobOf({ mime, base64 }: Media): Blob {
  return new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: mime });
}
