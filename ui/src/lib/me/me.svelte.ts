import { call, onChange, settled, withCode, type ErrorCode, type Me, type Node } from '$lib/ipc';

/** The owner of this window and the node it belongs to. */
export class Own {
  current = $state<Me | null>(null);
  node = $state<Node | null>(null);
  failed = $state<ErrorCode | null>(null);
  #heard = 0;

  /** Reads and follows until the answer is called. */
  start(): () => void {
    const stop = onChange((change) => {
      if (change.change === 'me' || change.change === 'node' || change.change === 'lagged') this.#heard++;
      if (change.change === 'me') this.current = change.of;
      if (change.change === 'node') this.node = change.of;
      if (change.change === 'lagged') void this.read();
    });
    void this.read();
    return stop;
  }

  async read(): Promise<void> {
    const heard = () => this.#heard;
    try {
      this.current = await settled(() => call('me.show', {}), heard);
      this.failed = null;
      this.node = await settled(() => call('node.status', {}), heard);
    } catch (reason) {
      // A window that already shows something keeps it; the connection bar says the rest.
      if (!this.current) this.failed = withCode(reason).code;
    }
  }

  async rename(name: string): Promise<void> {
    await call('me.set', { name });
  }
}

export const me = new Own();
