import { browser } from './browser';
import type { Change, FeedFormat } from './generated';
import { insideTauri, tauri } from './tauri';
import { withCode, type Connection, type Start, type Transport, type Verb, type Verbs, type Visit } from './transport';

export type * from './generated';
export { ErrorWithCode, withCode, type DoorState, type ErrorCode, type PhoneLink, type Verb, type Verbs, type Visit } from './transport';

let transport: Transport = insideTauri ? tauri : browser;
let listening = false;
const MOST_REPEATS = 3;
const listeners = new Set<(change: Change) => void>();
const droppers = new Set<(paths: string[]) => void>();
let state = $state<Connection | 'connecting'>('connecting');
let onPhone = false;
let visit = $state.raw<Visit | null>(null);

/** Whether the node answers. `connecting` only until the first contact. */
export const connection = {
  get state() {
    return state;
  },
};

/** Runs one command on the node. Rejects with `ErrorWithCode`. */
export async function call<V extends Verb>(verb: V, args: Verbs[V]['args']): Promise<Verbs[V]['answer']> {
  try {
    return (await transport.invoke(verb, args)) as Verbs[V]['answer'];
  } catch (reason) {
    throw withCode(reason);
  }
}

/**
 * Tells every change, in order. After a gap (a slow window, a lost connection, the time before the first one) one
 * `lagged` comes: read again.
 * Returns the way to stop.
 */
export function onChange(listener: (change: Change) => void): () => void {
  listeners.add(listener);
  listen();
  return () => listeners.delete(listener);
}

/**
 * Reads, and again when changes were heard during the reading, since the answer may be older than they are.
 * At most 3 times more, so that a busy node does not keep its window from showing anything.
 */
export async function settled<T>(read: () => Promise<T>, heard: () => number): Promise<T> {
  for (let repeats = 0; ; repeats++) {
    const before = heard();
    const answer = await read();
    if (heard() === before || repeats === MOST_REPEATS) return answer;
  }
}

/** The address of a picture that an answer named, fit for `<img src>`. */
export function mediaUrl(id: string): string {
  return transport.mediaUrl(id);
}

/** Ways for pictures to come in. Paths are absolute, on the node's machine. */
export const pictures = {
  /** Whether the system's dialogs and drops give paths; else files go through `upload`. */
  get native() {
    return transport.native;
  },
  /** Empty when the owner changed their mind. */
  pick: () => asked(transport.pickPictures()),
  pickFolder: () => asked(transport.pickFolder()),
  onDrop(listener: (paths: string[]) => void): () => void {
    droppers.add(listener);
    listen();
    return () => droppers.delete(listener);
  },
  /** Hands files of a browser to the node; answers the paths under which it has them. */
  upload: (files: File[]) => asked(transport.upload(files)),
  /** A picture as it was shared, for a browser to download; the window saves into a folder by `share.save`. */
  original: (share: string, index: number) => asked(transport.original(share, index)),
  /** Asks where to save and writes there; false when the owner changed their mind. Only where `native`. */
  saveAs: (bytes: Blob, name: string) => asked(transport.saveAs(bytes, name)),
};

/** A shop's products as a feed, for a browser to download; the window saves into a folder by `seller.export`. */
export function feed(url: string, format: FeedFormat): Promise<Blob> {
  return asked(transport.feed(url, format));
}

/** A one-time address of this node's page for another device; null where no page is served. */
export function pageLink(): Promise<string | null> {
  return asked(transport.link());
}

/** The phone's page, which has the picture's editor alone, and the door that it comes in by. */
export const phone = {
  /** Whether this is that page. */
  get here(): boolean {
    return onPhone;
  },
  /** What the node told this phone; null until then. */
  get visit(): Visit | null {
    return visit;
  },
  /** Opens the door, or begins its half hour anew with a fresh link; `at` one of this machine's addresses. */
  open: (at: string | null = null) => call('phone.open', { at, minutes: null }),
  show: async () => (await call('phone.show', {})).open,
  close: () => call('phone.close', {}),
  /** Makes this page the phone's, and begins to connect. Call before anything is mounted. */
  async enter(): Promise<void> {
    const door = await import('./phone');
    use(door.phone((told) => (visit = told)), null);
    listen();
  },
};

/** Lets this page open the camera once; a browser asks its owner itself. */
export function expectCamera(): Promise<void> {
  return asked(transport.expectCamera());
}

/** What the window was opened with. */
export function start(): Promise<Start> {
  return asked(transport.start());
}

/**
 * Swaps the node for another, in tests and in the sample window; with a visit, or null for one to come, the page is the phone's.
 * Call before anything listens.
 */
export function use(other: Transport, visiting?: Visit | null): void {
  transport = other;
  onPhone = visiting !== undefined;
  visit = visiting ?? null;
  state = 'connecting';
  listening = false;
  if (listeners.size > 0 || droppers.size > 0) listen();
}

function listen(): void {
  if (listening) return;
  listening = true;
  const current = transport;
  let opening = true;
  let missed = false;
  current.listen(
    (change) => {
      if (current === transport) tell(change);
    },
    (next) => {
      if (current !== transport) return;
      state = next;
      if (next !== 'connected') missed = true;
      else if (missed) {
        missed = false;
        tell({ change: 'lagged', of: {} });
      }
      opening = false;
    },
  );
  // A stream that opens only later says nothing of what changes between the first reads and its opening.
  if (opening) missed = true;
  current.onDrop((paths) => {
    if (current === transport) for (const dropper of droppers) dropper(paths);
  });
}

function tell(change: Change): void {
  for (const listener of [...listeners]) listener(change);
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (reason) {
    throw withCode(reason);
  }
}
