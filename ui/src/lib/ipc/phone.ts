import { SvelteMap } from 'svelte/reactivity';
import { Door } from './door';
import type { Change, Media } from './generated';
import { page } from './page';
import { ErrorWithCode, type Connection, type Transport, type Verb, type Visit } from './transport';

const MOST_UPLOAD = 64 * 1024 * 1024;
/** What a drawing may be. */
const DRAWINGS = ['image/png', 'image/webp'];
/** Pictures asked for at a time, so that what is drawn meanwhile does not wait behind all of them. */
const MOST_ASKED = 4;

/** The picture's editor on a phone: everything over the phone's door, sealed, since its page comes without TLS. */
export function phone(told: (visit: Visit) => void): Transport {
  let change: (change: Change) => void = () => {};
  let connection: (state: Connection) => void = () => {};
  const pictures = new Pictures((id) => invoke('media.get', { id }) as Promise<Media>);
  const door = new Door({
    visit: told,
    change: (next) => change(next),
    connection: (next) => {
      connection(next);
      if (next === 'connected') pictures.again();
    },
  });

  async function invoke(verb: Verb, args: unknown): Promise<unknown> {
    return (await door.line()).ask({ verb, args });
  }

  return {
    ...page,
    invoke,
    listen(heard, state) {
      [change, connection] = [heard, state];
      door.open();
    },
    mediaUrl: (id) => pictures.url(id),
    async upload(files) {
      const paths: string[] = [];
      for (const file of files) {
        if (file.size > MOST_UPLOAD) throw new ErrorWithCode('too_large', `${String(file.size)} bytes`);
        const line = await door.line();
        paths.push(((await line.upload(file)) as { path: string }).path);
      }
      return paths;
    },
    original: () => Promise.reject(refused()),
    feed: () => Promise.reject(refused()),
    link: () => Promise.resolve(null),
  };
}

/** Pictures by the addresses that the page itself gave them: no other would be sealed. */
class Pictures {
  readonly #here = new SvelteMap<string, string>();
  readonly #asked = new Set<string>();
  readonly #queue: string[] = [];
  readonly #get: (id: string) => Promise<Media>;
  #lost: string[] = [];
  #running = 0;

  constructor(get: (id: string) => Promise<Media>) {
    this.#get = get;
  }

  /** Empty until it came; whoever draws it is drawn again then. */
  url(id: string): string {
    const url = this.#here.get(id);
    if (url !== undefined) return url;
    if (!this.#asked.has(id)) {
      this.#asked.add(id);
      this.#queue.push(id);
      this.#more();
    }
    return '';
  }

  /** Asks anew for what a lost connection kept. */
  again(): void {
    this.#queue.push(...this.#lost);
    this.#lost = [];
    this.#more();
  }

  #more(): void {
    while (this.#running < MOST_ASKED) {
      const id = this.#queue.shift();
      if (id === undefined) return;
      this.#running++;
      void this.#ask(id);
    }
  }

  async #ask(id: string): Promise<void> {
    try {
      const { mime, base64 } = await this.#get(id);
      if (!DRAWINGS.includes(mime)) return;
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      this.#here.set(id, URL.createObjectURL(new Blob([bytes], { type: mime })));
    } catch (reason) {
      if (reason instanceof ErrorWithCode && reason.code === 'unreachable') this.#lost.push(id);
    } finally {
      this.#running--;
      this.#more();
    }
  }
}

function refused(): ErrorWithCode {
  return new ErrorWithCode('refused', 'a phone makes the picture and nothing else');
}
