import { afterEach, describe, expect, it, vi } from 'vitest';
import { browser } from './browser';
import { FakeTransport } from './fake';
import { call, connection, onChange, use, type Change } from './ipc.svelte';
import { ErrorWithCode } from './transport';

const empty = {};

describe('the list of commands', () => {
  it('rejects with a code, whatever the transport throws', async () => {
    use(new FakeTransport({ 'me.show': () => Promise.reject({ code: 'home_locked', message: 'no' }) }));
    await expect(call('me.show', {})).rejects.toMatchObject({ code: 'home_locked' });

    use(new FakeTransport({ 'me.show': () => Promise.reject(new TypeError('gone')) }));
    await expect(call('me.show', {})).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('asks everybody to read again after a lost connection, and only then', () => {
    const node = new FakeTransport();
    const heard: Change['change'][] = [];
    const stop = onChange((change) => heard.push(change.change));
    use(node);
    expect(heard).toEqual([]);

    node.connection('reconnecting');
    expect(connection.state).toBe('reconnecting');
    node.connection('connected');
    expect(heard).toEqual(['lagged']);

    stop();
    node.tell({ change: 'nearby', of: [] });
    expect(heard).toEqual(['lagged']);
  });

  it('asks whoever read before the stream was open to read again', () => {
    const node = new FakeTransport();
    let open = () => {};
    node.listen = (_, connection) => (open = () => connection('connected'));
    use(node);
    const heard: Change['change'][] = [];
    const stop = onChange((change) => heard.push(change.change));
    expect(heard).toEqual([]);
    open();
    expect(heard).toEqual(['lagged']);
    stop();
  });

  it('hears nothing more from a node that was replaced', () => {
    const old = new FakeTransport();
    use(old);
    const heard = vi.fn();
    const stop = onChange(heard);
    use(new FakeTransport());
    old.tell({ change: 'nearby', of: [] });
    expect(heard).not.toHaveBeenCalled();
    stop();
  });
});

class Socket {
  static readonly opened: { protocols: unknown; onclose?: () => void }[] = [];
  readonly protocols: unknown;
  constructor(_: URL, protocols?: string[]) {
    this.protocols = protocols;
    Socket.opened.push(this);
  }
}

describe('over HTTP', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
    localStorage.clear();
    Socket.opened.length = 0;
  });

  it('takes the key out of the address and shows it with every command', async () => {
    history.replaceState(null, '', '/#k=a-B_9');
    vi.resetModules();
    const { browser } = await import('./browser');
    expect(location.href).not.toContain('a-B_9');
    expect(localStorage.getItem('stoa-key')).toBe('a-B_9');

    const fetch = vi.fn(() => Promise.resolve(Response.json({ path: '/up/1' })));
    vi.stubGlobal('fetch', fetch);
    vi.stubGlobal('WebSocket', Socket);
    await browser.invoke('me.show', {});
    await browser.upload([new File(['x'], 'x')]);
    const sent = (fetch.mock.calls as unknown as [string, RequestInit][]).map(([, init]) => new Headers(init.headers).get('x-stoa-key'));
    expect(sent).toEqual(['a-B_9', 'a-B_9']);
    browser.listen(() => {}, () => {});
    expect(Socket.opened[0]?.protocols).toEqual(['stoa', 'a-B_9']);
  });

  it('goes on connecting while the node is away, and stops when the session is void', async () => {
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', Socket);
    vi.stubGlobal('fetch', vi.fn().mockRejectedValueOnce(new TypeError('failed')).mockResolvedValue(new Response('', { status: 401 })));
    const states: string[] = [];
    browser.listen(() => {}, (state) => states.push(state));
    expect(Socket.opened[0]?.protocols).toBeUndefined();
    Socket.opened[0]?.onclose?.();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(Socket.opened).toHaveLength(2);
    Socket.opened[1]?.onclose?.();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Socket.opened).toHaveLength(2);
    expect(states).toEqual(['reconnecting', 'reconnecting', 'ended']);
  });

  it('sends verb and arguments, and gives the bare answer', async () => {
    const fetch = vi.fn().mockResolvedValue(Response.json({ link: 'stoa://invite/x', expires: 1 }));
    vi.stubGlobal('fetch', fetch);
    expect(await browser.invoke('contact.invite', { expires: null })).toEqual({ link: 'stoa://invite/x', expires: 1 });
    const [url, init] = fetch.mock.calls[0] as [string, RequestInit];
    expect(url).toBe('/api/invoke');
    expect(JSON.parse(String(init.body))).toEqual({ verb: 'contact.invite', args: { expires: null } });
  });

  it('turns a refusal into its code and silence into unreachable', async () => {
    const refusal = Response.json({ code: 'invite_used', message: 'used' }, { status: 409 });
    vi.stubGlobal('fetch', vi.fn().mockResolvedValueOnce(refusal).mockRejectedValueOnce(new TypeError('failed')));
    await expect(browser.invoke('contact.accept', empty)).rejects.toMatchObject({ code: 'invite_used' });
    await expect(browser.invoke('contact.accept', empty)).rejects.toBeInstanceOf(ErrorWithCode);
  });

  it('hands names of uploads over encoded', async () => {
    const fetch = vi.fn().mockResolvedValue(Response.json({ path: '/up/1' }));
    vi.stubGlobal('fetch', fetch);
    expect(await browser.upload([new File(['x'], '../a&b 图.png')])).toEqual(['/up/1']);
    expect(fetch.mock.calls[0]?.[0]).toBe('/api/upload?name=..%2Fa%26b%20%E5%9B%BE.png');
  });
});
