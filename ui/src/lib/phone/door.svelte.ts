import { phone, withCode, type DoorState, type ErrorCode, type PhoneLink } from '$lib/ipc';

const OPEN_MS = 2_000;
/** Closed, it may be opened elsewhere. */
const CLOSED_MS = 5_000;

/** The door for a phone, as long as somebody looks at it. */
export class Door {
  /** The link that was handed out here. */
  link = $state.raw<PhoneLink | null>(null);
  /** Null while it is closed. */
  open = $state.raw<DoorState | null>(null);
  failed = $state<ErrorCode | null>(null);
  busy = $state<'open' | 'close' | null>(null);
  /** The address that was chosen, until the door is there or that is refused. */
  chosen = $state<string | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Of the answer that may still be shown: what was asked before something was done is older than it. */
  #turn = 0;
  #ended = false;

  /** Follows until the answer is called. */
  start(): () => void {
    void this.#look();
    return () => {
      this.#ended = true;
      clearTimeout(this.#timer);
    };
  }

  /** Opens it, or gives a fresh link; `at` one of this machine's addresses. */
  async make(at: string | null = null): Promise<void> {
    if (this.busy) return;
    this.chosen = at;
    await this.#do('open', async () => {
      const link = await phone.open(at);
      this.link = link;
      this.open = { until: link.until, address: link.address, phones: this.open?.phones ?? 0, link: 'waiting', code: link.code };
    });
    this.chosen = null;
  }

  async close(): Promise<void> {
    await this.#do('close', async () => {
      await phone.close();
      this.link = this.open = null;
    });
  }

  async #do(what: 'open' | 'close', work: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = what;
    this.failed = null;
    this.#turn++;
    clearTimeout(this.#timer);
    try {
      await work();
    } catch (reason) {
      this.failed = withCode(reason).code;
    } finally {
      this.busy = null;
      this.#again();
    }
  }

  async #look(): Promise<void> {
    const turn = this.#turn;
    let open: DoorState | null;
    try {
      open = await phone.show();
    } catch {
      // What is shown stays; the window says itself that its node is away.
      open = this.open;
    }
    if (turn !== this.#turn || this.#ended) return;
    this.open = open;
    if (open?.link !== 'waiting' || open.code !== this.link?.code) this.link = null;
    this.#again();
  }

  #again(): void {
    clearTimeout(this.#timer);
    if (!this.#ended) this.#timer = setTimeout(() => void this.#look(), this.open ? OPEN_MS : CLOSED_MS);
  }
}
