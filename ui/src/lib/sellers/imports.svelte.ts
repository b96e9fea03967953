import { call, pictures, type FeedImported } from '$lib/ipc';
import { failureOf, type Failure } from './errors';

/** A feed on its way into a catalog: tried first, imported when the owner has seen what it would do. */
export class FeedImport {
  name = $state('');
  busy = $state(false);
  failed = $state<Failure | null>(null);
  /** What the trial, and then the import, came to. */
  tried = $state.raw<FeedImported | null>(null);
  done = $state.raw<FeedImported | null>(null);
  readonly #url: string;
  #path: string | null = null;
  #turn = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** Nothing the import would change. */
  get idle(): boolean {
    return this.tried !== null && this.tried.added + this.tried.changed === 0;
  }

  clear(): void {
    this.#turn++;
    this.#path = null;
    this.name = '';
    this.busy = false;
    this.failed = null;
    this.tried = this.done = null;
  }

  /** Takes a file of this page, or a path of the node's machine, and tries it without keeping anything. */
  async try(what: File | string): Promise<void> {
    this.clear();
    const turn = this.#turn;
    this.name = typeof what === 'string' ? (what.split(/[/\\]/).at(-1) ?? what) : what.name;
    await this.#run(turn, async () => {
      const path = typeof what === 'string' ? what : (await pictures.upload([what]))[0];
      if (!path || turn !== this.#turn) return;
      this.#path = path;
      const tried = await call('seller.import', { url: this.#url, path, dry_run: true });
      if (turn === this.#turn) this.tried = tried;
    });
  }

  async run(): Promise<void> {
    const path = this.#path;
    if (path === null || this.busy) return;
    const turn = this.#turn;
    await this.#run(turn, async () => {
      const done = await call('seller.import', { url: this.#url, path, dry_run: false });
      if (turn === this.#turn) this.done = done;
    });
  }

  async #run(turn: number, work: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.failed = null;
    try {
      await work();
    } catch (reason) {
      if (turn === this.#turn) this.failed = failureOf(reason);
    }
    if (turn === this.#turn) this.busy = false;
  }
}
