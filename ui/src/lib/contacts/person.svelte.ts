import { call, onChange, withCode, type ContactDetails, type ErrorCode } from '$lib/ipc';

/** One contact in detail, while their panel is open. */
export class Person {
  details = $state.raw<ContactDetails | null>(null);
  failed = $state<ErrorCode | null>(null);
  readonly #person: string;

  constructor(person: string) {
    this.#person = person;
  }

  /** Reads and follows until the answer is called. */
  open(): () => void {
    const stop = onChange((change) => {
      if (change.change === 'lagged' || (change.change === 'contact' && change.of.person === this.#person)) void this.read();
    });
    void this.read();
    return stop;
  }

  async read(): Promise<void> {
    try {
      this.details = await call('contact.show', { contact: this.#person });
      this.failed = null;
    } catch (reason) {
      if (!this.details) this.failed = withCode(reason).code;
    }
  }
}
