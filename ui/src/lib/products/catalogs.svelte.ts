import { call, onChange, withCode, type Catalog, type ErrorCode } from '$lib/ipc';

/** The catalogs the owner trusts. */
export class Catalogs {
  all = $state.raw<readonly Catalog[]>([]);
  loaded = $state(false);
  failed = $state<ErrorCode | null>(null);

  /** Reads, and again after a gap. Returns the way to stop. */
  start(): () => void {
    const stop = onChange((change) => {
      if (change.change === 'lagged') void this.read();
    });
    void this.read();
    return stop;
  }

  async read(): Promise<void> {
    try {
      this.all = await call('catalog.list', {});
      this.failed = null;
      this.loaded = true;
    } catch (reason) {
      if (!this.loaded) this.failed = withCode(reason).code;
    }
  }

  /** The address under which the list then has it. */
  async trust(url: string): Promise<string> {
    const trusted = await call('catalog.trust', { url });
    await this.read();
    return trusted.url;
  }

  /** Lets it answer for hosts that it added. */
  async answer(url: string, hosts: string[]): Promise<void> {
    await call('catalog.answer', { url, hosts });
    await this.read();
  }

  async forget(url: string): Promise<void> {
    await call('catalog.forget', { url });
    await this.read();
  }
}

/** What a person types as an address, as an origin: https unless they say otherwise. Null when it is none. */
export function originOf(typed: string): string | null {
  const text = typed.trim();
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (text === '' || /\s/.test(text) || !URL.canParse(full)) return null;
  const url = new URL(full);
  const web = url.protocol === 'https:' || url.protocol === 'http:';
  return web && url.hostname !== '' && url.username === '' ? url.origin : null;
}

/** A key as people compare it: groups of four. */
export function grouped(key: string): string {
  return key.replace(/(.{4})(?=.)/g, '$1 ');
}
