import type { Change } from './generated';
import { ErrorWithCode, type Connection, type Transport, type Verb, type Verbs } from './transport';

type Handlers = { [V in Verb]?: (args: Verbs[V]['args']) => Verbs[V]['answer'] | Promise<Verbs[V]['answer']> };

/** A node made of functions, for component tests. A verb without one is refused with `internal`. */
export class FakeTransport implements Transport {
  readonly native: boolean;
  readonly asked: { verb: Verb; args: unknown }[] = [];
  handlers: Handlers;
  pictures: string[] = [];
  folder: string | null = null;
  invite: string | null = null;
  open: string | null = null;
  media: (id: string) => string = (id) => `/media/${id}`;
  #change: (change: Change) => void = () => {};
  #connection: (state: Connection) => void = () => {};
  #dropped: (paths: string[]) => void = () => {};

  constructor(handlers: Handlers = {}, native = true) {
    this.handlers = handlers;
    this.native = native;
  }

  async invoke(verb: Verb, args: unknown) {
    this.asked.push({ verb, args });
    const handler = this.handlers[verb] as ((args: unknown) => unknown) | undefined;
    if (!handler) throw new ErrorWithCode('internal', `the fake has no ${verb}`);
    return handler(args);
  }

  listen(change: (change: Change) => void, connection: (state: Connection) => void) {
    this.#change = change;
    this.#connection = connection;
    connection('connected');
  }

  tell(change: Change) {
    this.#change(change);
  }

  connection(state: Connection) {
    this.#connection(state);
  }

  drop(paths: string[]) {
    this.#dropped(paths);
  }

  mediaUrl(id: string) {
    return this.media(id);
  }

  async pickPictures() {
    return this.pictures;
  }

  async pickFolder() {
    return this.folder;
  }

  onDrop(dropped: (paths: string[]) => void) {
    this.#dropped = dropped;
  }

  async upload(files: File[]) {
    return files.map((file) => `/uploads/${file.name}`);
  }

  original(share: string, index: number) {
    return Promise.resolve(new Blob([`${share}/${String(index)}`]));
  }

  saved: string[] = [];

  async saveAs(_bytes: Blob, name: string) {
    this.saved.push(name);
    return true;
  }

  feed(url: string, format: string) {
    return Promise.resolve(new Blob([`${url} ${format}`]));
  }

  async link(): Promise<string | null> {
    return this.native ? null : 'http://127.0.0.1:8080/?token=once';
  }

  expected = 0;

  async expectCamera() {
    this.expected++;
  }

  async start() {
    return { invite: this.invite, open: this.open };
  }
}
