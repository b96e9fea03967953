import { call, onChange, settled, withCode, type ErrorCode, type Persona } from '$lib/ipc';
import { Preview } from './preview.svelte';

/** The owner's picture as it is published, drawn from how it was made. */
export class OwnPicture {
  readonly preview = new Preview();
  persona = $state.raw<Persona | null>(null);
  failed = $state<ErrorCode | null>(null);
  #heard = 0;

  /** Reads and follows until the answer is called. */
  start(): () => void {
    const stop = onChange(({ change, of }) => {
      // A contact's comes without how it was made; the owner's too when it was taken back.
      if (change === 'persona' && of.person !== this.persona?.person && !of.recipe) return;
      if (change === 'persona' || change === 'lagged') this.#heard++;
      if (change === 'persona') this.#take(of);
      if (change === 'lagged') void this.read();
    });
    void this.read();
    return () => {
      stop();
      this.preview.stop();
    };
  }

  async read(): Promise<void> {
    try {
      this.#take(await settled(() => call('persona.show', { contact: null }), () => this.#heard));
      this.failed = null;
    } catch (reason) {
      if (!this.persona) this.failed = withCode(reason).code;
    }
  }

  #take(persona: Persona): void {
    this.persona = persona;
    if (persona.picture && persona.recipe) this.preview.draw(persona.recipe);
  }
}
