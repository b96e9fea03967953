import type { Change } from './generated';
import { page } from './page';
import { ErrorWithCode, withCode, type Connection, type Transport, type Verb } from './transport';

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
const KEY = 'stoa-key';

const given = takeKey();

/** The same window in a browser: commands over HTTP, changes over a WebSocket, on the loopback bridge. */
export const browser: Transport = {
  ...page,

  async invoke(verb: Verb, args: unknown) {
    return answer(
      fetch('/api/invoke', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...keyHeader() },
        body: JSON.stringify({ verb, args }),
      }),
    );
  },

  listen(change: (change: Change) => void, connection: (state: Connection) => void) {
    let retry = FIRST_RETRY_MS;
    const open = () => {
      const url = new URL('/api/changes', location.href.replace(/^http/, 'ws'));
      const key = sessionKey();
      // A WebSocket takes no headers: the key goes as a subprotocol.
      const socket = key ? new WebSocket(url, ['stoa', key]) : new WebSocket(url);
      socket.onopen = () => {
        retry = FIRST_RETRY_MS;
        connection('connected');
      };
      socket.onmessage = (event) => {
        if (typeof event.data === 'string') change(JSON.parse(event.data) as Change);
      };
      socket.onclose = () => {
        connection('reconnecting');
        void sessionEnded().then((ended) => {
          if (ended) {
            connection('ended');
            return;
          }
          setTimeout(open, retry);
          retry = Math.min(retry * 2, LAST_RETRY_MS);
        });
      };
    };
    open();
  },

  mediaUrl: (id) => `/media/${encodeURIComponent(id)}`,

  async upload(files: File[]) {
    const paths: string[] = [];
    for (const file of files) {
      const sent = fetch(`/api/upload?name=${encodeURIComponent(file.name)}`, { method: 'POST', headers: keyHeader(), body: file });
      paths.push(((await answer(sent)) as { path: string }).path);
    }
    return paths;
  },

  async original(share, index) {
    const response = await fetch(`/api/original/${encodeURIComponent(share)}/${String(index)}`, { headers: keyHeader() });
    if (!response.ok) await answer(Promise.resolve(response));
    return response.blob();
  },
  async feed(url, format) {
    const response = await fetch(`/api/feed?${new URLSearchParams({ url, format }).toString()}`, { headers: keyHeader() });
    if (!response.ok) await answer(Promise.resolve(response));
    return response.blob();
  },
  async link() {
    return ((await answer(fetch('/api/link', { method: 'POST', headers: keyHeader() }))) as { url: string }).url;
  },
};

/** The key that the one-time address left behind `#`; taken out of the address, where others could read it. */
function takeKey(): string | null {
  const key = new URLSearchParams(location.hash.slice(1)).get('k');
  if (!key || !/^[\w-]+$/.test(key)) return null;
  history.replaceState(history.state, '', location.pathname + location.search);
  try {
    localStorage.setItem(KEY, key);
  } catch {
    // A forbidden store costs the session after a reload, nothing else.
  }
  return key;
}

/** Asked anew each time: another tab may have opened a newer session, whose cookie this one then sends too. */
function sessionKey(): string | null {
  try {
    return localStorage.getItem(KEY) ?? given;
  } catch {
    return given;
  }
}

function keyHeader(): Record<string, string> {
  const key = sessionKey();
  return key ? { 'x-stoa-key': key } : {};
}

/**
 * A refused WebSocket does not say why it was refused; the page itself does. GET, since browsers name no origin on a
 * HEAD and the node refuses whatever is not a GET without one.
 */
async function sessionEnded(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(LAST_RETRY_MS);
    const { status } = await fetch('/api/changes', { headers: keyHeader(), cache: 'no-store', signal });
    return status === 401 || status === 403;
  } catch {
    return false;
  }
}

async function answer(asked: Promise<Response>): Promise<unknown> {
  let response: Response;
  let body: unknown;
  try {
    response = await asked;
    body = await response.json();
  } catch (reason) {
    throw new ErrorWithCode('unreachable', String(reason));
  }
  if (!response.ok) throw withCode(body);
  return body;
}
