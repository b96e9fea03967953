import type { Change, Time } from './generated';
import { begin, joined, type Channel, type Handshake } from './noise';
import { MOST_OF_FILE, textParts, Texts, uploadPart } from './parts';
import { opened } from './pass';
import { ErrorWithCode, withCode, type Visit } from './transport';

const PROLOGUE = 'stoa phone 1';
/** From the first packet to the end of the handshake. */
const HANDSHAKE_MS = 10_000;
/** From there to the node's word: a full one waits 10 s for room before it says so. */
const ENTER_MS = 20_000;
/** For a word from a node that may have been lost without a word. */
const ALIVE_MS = 8_000;
const MOST_UNSENT = 256 * 1024;
const DRAIN_MS = 20;

/** What the node says when a phone comes in. */
interface Entered {
  /** For the next time; null when the pass that was shown stays the phone's own. */
  pass: string | null;
  visit: Visit;
}

interface Told {
  entered(line: Line, what: Entered): void;
  /** The door's time begins anew. */
  prolonged(until: Time): void;
  change(change: Change): void;
  /** Once. The WebSocket's close code; null when it was given up here. */
  closed(line: Line, code: number | null): void;
}

/** An answer, with its id; a change or the door's end, by the node's clock, without one. */
interface Said {
  id?: number | null;
  ok?: unknown;
  error?: unknown;
  change?: Change;
  until?: Time;
  now?: Time;
}

interface Pending {
  resolve(answer: unknown): void;
  reject(reason: ErrorWithCode): void;
}

/** One WebSocket to the node, from its handshake to its end: everything on it is sealed. */
export class Line {
  entered = false;
  readonly #socket: WebSocket;
  readonly #told: Told;
  readonly #texts = new Texts();
  readonly #pending = new Map<number, Pending>();
  #handshake: Handshake | null = null;
  #channel: Channel | null = null;
  #open = true;
  #heard = 0;
  #next = 1;
  #timer: ReturnType<typeof setTimeout>;

  constructor(pass: string, told: Told) {
    this.#told = told;
    this.#timer = setTimeout(() => this.drop(), HANDSHAKE_MS);
    this.#socket = new WebSocket(new URL('/phone/door', location.href.replace(/^http/, 'ws')));
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onopen = () => {
      const { name, key } = opened(pass);
      this.#handshake = begin(key, new TextEncoder().encode(PROLOGUE));
      this.#socket.send(joined(name, this.#handshake.first));
    };
    this.#socket.onmessage = ({ data }) => this.#take(data);
    this.#socket.onclose = ({ code }) => this.#end(code);
  }

  /** Asks one thing of the node, after it was entered. */
  ask(question: object): Promise<unknown> {
    const id = this.#next++;
    const answer = this.#answer(id);
    this.#say({ id, ...question });
    return answer;
  }

  /** Hands a file to the node; `{ path }`. */
  async upload(file: File): Promise<unknown> {
    let bytes: Uint8Array;
    try {
      bytes = new Uint8Array(await file.arrayBuffer());
    } catch (reason) {
      throw new ErrorWithCode('file_unreadable', String(reason));
    }
    const id = this.#next++;
    const answer = this.#answer(id);
    this.#say({ id, upload: { name: file.name, size: bytes.length } });
    const sent = this.#sendFile(id, bytes);
    // Refused here, it rejects below; what could not be sent is told by the answer.
    await Promise.race([answer, sent]);
    return answer;
  }

  /** Gives it up when the node says nothing for some seconds: a phone that slept is not told of a connection's end. */
  probe(): void {
    const before = this.#heard;
    void this.ask({ verb: 'persona.show', args: { contact: null } }).catch(() => {});
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#heard === before) this.drop();
    }, ALIVE_MS);
  }

  drop(): void {
    this.#end(null);
    this.#socket.close();
  }

  #answer(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#open) this.#pending.set(id, { resolve, reject });
      else reject(lost());
    });
  }

  #say(message: object): void {
    for (const part of textParts(JSON.stringify(message))) this.#send(part);
  }

  #send(part: Uint8Array): void {
    if (this.#open && this.#channel) this.#socket.send(this.#channel.seal(part));
  }

  /** Other questions go between the parts. Ends early when the answer is there before the file. */
  async #sendFile(id: number, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += MOST_OF_FILE) {
      while (this.#open && this.#socket.bufferedAmount > MOST_UNSENT) await new Promise((wait) => setTimeout(wait, DRAIN_MS));
      if (!this.#pending.has(id)) return;
      this.#send(uploadPart(id, bytes.subarray(at, at + MOST_OF_FILE)));
    }
  }

  #take(data: unknown): void {
    let said: Said | null;
    try {
      said = this.#read(data);
    } catch {
      // Damaged, repeated, left out, or somebody else: nothing more on this line can be trusted.
      this.drop();
      return;
    }
    this.#heard++;
    if (said) this.#tell(said);
  }

  /** Null for what is no whole text yet. */
  #read(data: unknown): Said | null {
    if (!(data instanceof ArrayBuffer)) throw new Error('a text outside the channel');
    const message = new Uint8Array(data);
    if (!this.#channel) {
      if (!this.#handshake) throw new Error('a message before the handshake');
      this.#enter(this.#handshake.finish(message));
      return null;
    }
    const text = this.#texts.add(this.#channel.open(message));
    return text === null ? null : (JSON.parse(text) as Said);
  }

  #tell({ id, ok, error, change, until, now }: Said): void {
    if (change) this.#told.change(change);
    if (typeof id !== 'number') {
      if (until !== undefined && now !== undefined) this.#told.prolonged(here(until, now));
      return;
    }
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error !== undefined) pending?.reject(withCode(error));
    else pending?.resolve(ok);
  }

  #enter(channel: Channel): void {
    this.#channel = channel;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.drop(), ENTER_MS);
    this.#pending.set(0, {
      resolve: (answer) => {
        const { pass, name, until, now } = answer as Visit & { pass: string | null; now: Time };
        clearTimeout(this.#timer);
        this.entered = true;
        this.#told.entered(this, { pass, visit: { name, until: here(until, now) } });
      },
      reject: () => this.drop(),
    });
    this.#say({ id: 0, verb: 'phone.enter' });
  }

  #end(code: number | null): void {
    if (!this.#open) return;
    this.#open = false;
    clearTimeout(this.#timer);
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    this.#told.closed(this, code);
    for (const { reject } of pending) reject(lost());
  }
}

/** By this phone's clock, which may be hours off the node's. */
function here(until: Time, now: Time): Time {
  return Date.now() + (until - now);
}

export function lost(): ErrorWithCode {
  return new ErrorWithCode('unreachable', 'the connection to the computer ended');
}
