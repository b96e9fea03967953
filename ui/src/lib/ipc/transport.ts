import type { Change, Code, FeedFormat, Time, Verbs as CoreVerbs } from './generated';

/** The host's own verbs: the door for a phone on the same network. */
export interface HostVerbs {
  /**
   * Opens the door at an address of this machine, or gives a fresh link for the one that is open; half an hour unless told.
   * Errors: `not_found` when this machine is on no network that a phone could join, `bad_request` for an address that is not its own.
   */
  'phone.open': { args: { at: string | null; minutes: number | null }; answer: PhoneLink };
  'phone.show': { args: Record<string, never>; answer: { open: DoorState | null } };
  'phone.close': { args: Record<string, never>; answer: Record<string, never> };
}

export interface PhoneLink {
  url: string;
  until: Time;
  address: string;
  /** Where else it could be opened; `address` among them. */
  addresses: string[];
  /** Names this link, and is no secret. */
  code: string;
}

export interface DoorState {
  until: Time;
  address: string;
  /** Connected now. */
  phones: number;
  /** What became of the newest link; the ones before it are void. */
  link: 'waiting' | 'used' | 'expired';
  /** Names the newest link. */
  code: string;
}

/** Whose picture this phone makes, and until when by its own clock. */
export interface Visit {
  name: string;
  until: Time;
}

export type Verbs = CoreVerbs & HostVerbs;
export type Verb = keyof Verbs;

/** `unreachable` is this side's own code: the node did not answer at all. */
export type ErrorCode = Code | 'unreachable';

/** What a command is refused with. Faces branch on the code; the message is for logs. */
export class ErrorWithCode extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = 'ErrorWithCode';
    this.code = code;
  }
}

/** `full`: the node has no room for this page yet; `ended`: it no longer knows this page, and never will again. */
export type Connection = 'connected' | 'reconnecting' | 'full' | 'ended';

/** What the window was opened with. */
export interface Start {
  /** An invitation link to redeem. */
  invite: string | null;
  /** A contact, by id or name, whose conversation to show. */
  open: string | null;
}

/** How the window reaches its node: inside Tauri, in a browser, or not at all in tests. */
export interface Transport {
  invoke(verb: Verb, args: unknown): Promise<unknown>;
  /** Called once; `connected` after a gap means that changes may have been missed. */
  listen(change: (change: Change) => void, connection: (state: Connection) => void): void;
  mediaUrl(id: string): string;
  /** Whether the node can be given paths of this machine, by dialogs and drops. */
  readonly native: boolean;
  /** Absolute paths; empty when the owner changed their mind. */
  pickPictures(): Promise<string[]>;
  pickFolder(): Promise<string | null>;
  onDrop(dropped: (paths: string[]) => void): void;
  /** Hands files to the node and returns the paths under which it has them. */
  upload(files: File[]): Promise<string[]>;
  /** A picture as it was shared, for a browser to download; the window saves into a folder by `share.save`. */
  original(share: string, index: number): Promise<Blob>;
  /** Asks where to save and writes there; false when the owner changed their mind. Only where `native`. */
  saveAs(bytes: Blob, name: string): Promise<boolean>;
  /** A shop's products as a feed, for a browser to download; the window saves into a folder by `seller.export`. */
  feed(url: string, format: FeedFormat): Promise<Blob>;
  /** A one-time address of this node's page for another device; null where no page is served. */
  link(): Promise<string | null>;
  /** Called right before the page opens the camera, which the window allows once for each call. */
  expectCamera(): Promise<void>;
  start(): Promise<Start>;
}

/** Turns whatever a transport rejects with into an error with a code. */
export function withCode(reason: unknown): ErrorWithCode {
  if (reason instanceof ErrorWithCode) return reason;
  if (typeof reason === 'object' && reason !== null && 'code' in reason && typeof reason.code === 'string') {
    const message = 'message' in reason ? String(reason.message) : reason.code;
    return new ErrorWithCode(reason.code as ErrorCode, message);
  }
  return new ErrorWithCode('unreachable', String(reason));
}
