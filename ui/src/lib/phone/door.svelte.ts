import { phone, withCode, type ErrorCode, type PhoneDoor, type PhoneLink } from '$lib/ipc';

const EVERY_MS = 2_000;

/** The door for a phone, as long as somebody looks at it. */
export class Door {
  /** The link that was handed out here. */
  link = $state.raw<PhoneLink | null>(null);
  /** Null while it is closed. */
  open = $state.raw<PhoneDoor | null>(null);
  failed = $state<ErrorCode | null>(null);
  busy = $state<'open' | 'close' | null>(null);
  now = $state(Date.now());
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Of the answer that may still be shown: what was asked before something was done is older than it. */
  #turn = 0;
  #ended = false;

  get secondsLeft(): number {
    return this.open ? Math.max(0, (this.open.until - this.now) / 1_000) : 0;
  }

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
    await this.#do('open', async () => {
      const link = await phone.open(at);
      this.link = link;
      this.open = { until: link.until, address: link.address, phones: this.open?.phones ?? 0, link: 'waiting' };
    });
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
    let open: PhoneDoor | null;
    try {
      open = await phone.show();
    } catch {
      // What is shown stays; the window says itself that its node is away.
      open = this.open;
    }
    if (turn !== this.#turn || this.#ended) return;
    this.now = Date.now();
    this.open = open;
    if (open?.link !== 'waiting') this.link = null;
    this.#again();
  }

  #again(): void {
    this.now = Date.now();
    clearTimeout(this.#timer);
    if (this.open && !this.#ended) this.#timer = setTimeout(() => void this.#look(), EVERY_MS);
  }
}
