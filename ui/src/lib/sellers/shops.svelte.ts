import { call, onChange, settled, withCode, type ErrorCode, type Shop } from '$lib/ipc';

/** The catalogs the owner sells in. */
export class Shops {
  all = $state.raw<readonly Shop[]>([]);
  loaded = $state(false);
  failed = $state<ErrorCode | null>(null);
  #heard = 0;

  /** Reads and follows. Returns the way to stop. */
  start(): () => void {
    const stop = onChange((change) => {
      if (change.change === 'shops') {
        this.#heard++;
        this.all = change.of;
        this.loaded = true;
      }
      if (change.change === 'lagged') void this.read();
    });
    void this.read();
    return stop;
  }

  async read(): Promise<void> {
    try {
      this.all = await settled(() => call('seller.list', {}), () => this.#heard);
      this.failed = null;
      this.loaded = true;
    } catch (reason) {
      if (!this.loaded) this.failed = withCode(reason).code;
    }
  }

  /** The address under which the list then has it. */
  async join(url: string, key: string): Promise<string> {
    return (await call('seller.join', { url, key })).url;
  }

  async leave(url: string): Promise<void> {
    await call('seller.leave', { url });
  }
}

export function may(shop: Shop, right: 'products' | 'stock'): boolean {
  return shop.rights.includes(right) || shop.rights.includes('products');
}
