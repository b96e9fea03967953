import type { Change } from './generated';
import { Line, lost } from './line';
import { Passes } from './pass';
import type { Connection, Visit } from './transport';

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
/** Close codes: the node does not know the pass; the door closes. */
const VOID = 4401;
const CLOSING = 4410;
/** Try Again Later (RFC 6455's registry): as many phones as may be are inside. */
const FULL = 1013;

interface Told {
  visit(visit: Visit): void;
  change(change: Change): void;
  connection(state: Connection): void;
}

interface Waiting {
  resolve(line: Line): void;
  reject(reason: Error): void;
}

/** The phone's way to the node: one line after another until the door is closed for good. */
export class Door {
  readonly #passes = new Passes();
  readonly #told: Told;
  #line: Line | null = null;
  #waiting: Waiting[] = [];
  #retry = FIRST_RETRY_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #begun = false;
  #ended = false;

  constructor(told: Told) {
    this.#told = told;
  }

  /** Begins, once. */
  open(): void {
    if (this.#begun) return;
    this.#begun = true;
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#wake();
    });
    addEventListener('online', () => this.#wake());
    // A link that is opened in the same tab loads no new page.
    addEventListener('hashchange', () => {
      if (!this.#passes.take()) return;
      this.#ended = false;
      this.#told.connection('reconnecting');
      const before = this.#line;
      this.#line = null;
      before?.drop();
      this.#connect();
    });
    this.#connect();
  }

  /** The line that is entered, now or as soon as there is one. */
  line(): Promise<Line> {
    this.open();
    if (this.#line?.entered) return Promise.resolve(this.#line);
    if (this.#ended) return Promise.reject(lost());
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #connect(): void {
    clearTimeout(this.#timer);
    const pass = this.#passes.current;
    if (pass === null) return this.#end();
    this.#line = new Line(pass, {
      entered: (line, { pass, visit }) => {
        this.#passes.entered(pass, visit);
        this.#retry = FIRST_RETRY_MS;
        this.#told.visit(visit);
        this.#told.connection('connected');
        for (const { resolve } of this.#waiting.splice(0)) resolve(line);
      },
      prolonged: (until) => {
        if (!this.#passes.visit) return;
        const visit = { ...this.#passes.visit, until };
        this.#passes.prolonged(visit);
        this.#told.visit(visit);
      },
      change: (change) => this.#told.change(change),
      closed: (line, code) => this.#closed(line, code),
    });
  }

  #closed(line: Line, code: number | null): void {
    if (this.#line !== line) return;
    this.#line = null;
    if (code === CLOSING) return this.#end();
    if (code === VOID) this.#passes.drop();
    const over = !line.entered && (this.#passes.visit?.until ?? Infinity) < Date.now();
    if (this.#passes.current === null || over) return this.#end();
    this.#told.connection(code === FULL ? 'full' : 'reconnecting');
    this.#timer = setTimeout(() => this.#connect(), code === VOID ? 0 : this.#retry);
    this.#retry = Math.min(this.#retry * 2, LAST_RETRY_MS);
  }

  /** The phone was unlocked, or has a network again. */
  #wake(): void {
    if (this.#ended) return;
    this.#retry = FIRST_RETRY_MS;
    if (!this.#line) this.#connect();
    else if (this.#line.entered) this.#line.probe();
  }

  #end(): void {
    this.#ended = true;
    this.#line = null;
    this.#passes.forget();
    this.#told.connection('ended');
    for (const { reject } of this.#waiting.splice(0)) reject(lost());
  }
}
