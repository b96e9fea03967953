import { call, onChange, type Hidden, type State } from '$lib/ipc';
import { CHOOSABLE } from '$lib/shared';

/** The states that the owner can choose, and the ways to choose them. */
export class OwnPresence {
  /** Built-in ones first, without `offline`. */
  states = $state.raw<State[]>(CHOOSABLE);

  /** Reads and follows until the answer is called. */
  start(): () => void {
    void this.read();
    return onChange((change) => {
      if (change.change === 'me' || change.change === 'lagged') void this.read();
    });
  }

  async read(): Promise<void> {
    try {
      this.states = (await call('presence.states', {})).filter((state) => state !== 'offline');
    } catch {
      // The built-in ones stay.
    }
  }

  /** `until` in milliseconds since 1970; null: until it is changed. */
  async set(state: State, text: string, until: number | null): Promise<void> {
    await call('presence.set', { state, text, until });
  }

  /** Invisible to everybody, or to these persons; see `show` for the way back. */
  async hide(from: string[] | null): Promise<Hidden> {
    return call('presence.hide', { hidden: true, from });
  }

  async show(from: string[] | null): Promise<Hidden> {
    return call('presence.hide', { hidden: false, from });
  }
}

export const presence = new OwnPresence();
