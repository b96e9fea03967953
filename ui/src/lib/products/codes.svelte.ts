import { call, pictures, withCode, type ErrorCode, type PictureCode } from '$lib/ipc';
import type { Chosen } from '$lib/shared';

/** Pictures read at once, at most. */
const MOST = 4;
/** Formats as the node names them are standard names already; this one is the window's own. */
export const TYPED = 'typed';

/** Product codes read from pictures, or typed. */
export class Codes {
  found = $state.raw<readonly PictureCode[]>([]);
  /** Something was read, so that nothing found says something. */
  done = $state(false);
  reading = $state(false);
  thorough = $state(false);
  failed = $state<ErrorCode | null>(null);
  #paths: readonly string[] = [];
  #turn = 0;

  /** What can be shown as a card, first found first. */
  readonly shown = $derived(this.found.filter((code) => code.show !== null));

  /** Whether there is a picture that can be looked at harder. */
  get again(): boolean {
    return this.done && !this.thorough && this.#paths.length > 0;
  }

  clear(): void {
    this.#turn++;
    this.#paths = [];
    this.found = [];
    this.done = this.reading = this.thorough = false;
    this.failed = null;
  }

  /** A scanner that types, or the owner; a link is as good as a code. */
  type(text: string): void {
    this.clear();
    this.found = [{ format: TYPED, text, show: text }];
    this.done = true;
  }

  /** Reads the first pictures of what was dropped, pasted or picked. */
  async read(what: Chosen): Promise<void> {
    this.clear();
    const turn = this.#turn;
    this.reading = true;
    try {
      const paths = 'paths' in what ? what.paths : await pictures.upload(what.files.slice(0, MOST));
      if (turn !== this.#turn) return;
      this.#paths = paths.slice(0, MOST);
    } catch (reason) {
      if (turn === this.#turn) this.#end(withCode(reason).code);
      return;
    }
    await this.#look(turn, false);
  }

  /** Reads the same pictures thoroughly. */
  async harder(): Promise<void> {
    await this.#look(++this.#turn, true);
  }

  /** Shows codes of a camera's frame that was read elsewhere. */
  take(found: readonly PictureCode[]): void {
    this.clear();
    this.found = found;
    this.done = true;
  }

  async #look(turn: number, thorough: boolean): Promise<void> {
    this.reading = true;
    this.failed = null;
    const found = new Map<string, PictureCode>();
    let failed: ErrorCode | null = null;
    for (const path of this.#paths) {
      try {
        for (const code of await call('card.codes', { path, thorough })) found.set(`${code.format} ${code.text}`, code);
      } catch (reason) {
        failed = withCode(reason).code;
      }
      if (turn !== this.#turn) return;
    }
    this.found = [...found.values()];
    this.thorough = thorough;
    this.#end(found.size > 0 ? null : failed);
  }

  #end(failed: ErrorCode | null): void {
    this.failed = failed;
    this.reading = false;
    this.done = failed === null;
  }
}
