import { SvelteMap } from 'svelte/reactivity';
import { call, onChange, pictures, settled, withCode, type ErrorCode, type Look, type LookMedia, type Scheme, type State } from '$lib/ipc';
import { BUILT_IN } from '$lib/shared';
import { draftOf, lookOf, PARTS, refusal, same, type Draft, type MediaPart } from './parts';

type Slot = `${MediaPart} ${State}`;

/** How the owner looks in every state, while they work on it. What is not saved stays as long as the window. */
export class SchemeForm {
  scheme = $state.raw<Scheme | null>(null);
  failed = $state<ErrorCode | null>(null);
  state = $state<State>('online');
  saving = $state(false);
  /** Own states that have no look yet. */
  #added = $state.raw<State[]>([]);
  readonly #drafts = new SvelteMap<State, Draft>();
  readonly #working = new SvelteMap<Slot, string>();
  readonly #problems = new SvelteMap<Slot, string>();
  #heard = 0;

  readonly states: State[] = $derived([...new Set([...BUILT_IN, ...(this.scheme?.looks.map(({ state }) => state) ?? []), ...this.#added])]);
  readonly draft: Draft = $derived(this.draftOf(this.state));
  readonly unsaved: State[] = $derived([...this.#drafts.keys()]);
  /** Bytes of all media with what is not saved yet, each file once. */
  readonly used: number = $derived.by(() => {
    const once = new Map<string, number>();
    for (const state of this.states) {
      const draft = this.draftOf(state);
      for (const part of PARTS) if (draft[part]) once.set(draft[part].hash, draft[part].bytes);
    }
    return [...once.values()].reduce((sum, size) => sum + size, 0);
  });
  readonly over: boolean = $derived(this.scheme !== null && this.used > this.scheme.budget);
  readonly busy: boolean = $derived(this.#working.size > 0);
  readonly empty: boolean = $derived(this.scheme !== null && this.scheme.looks.length === 0 && this.#drafts.size === 0 && this.#added.length === 0);

  /** Reads and follows until the answer is called. */
  start(): () => void {
    void this.read();
    return onChange((change) => {
      if (change.change === 'scheme') {
        if (change.of.person !== this.scheme?.person) return;
        this.#heard++;
        this.#take(change.of);
      }
      if (change.change === 'lagged') void this.read();
    });
  }

  async read(): Promise<void> {
    try {
      this.#take(await settled(() => call('scheme.show', { contact: null }), () => this.#heard));
      this.failed = null;
    } catch (reason) {
      if (!this.scheme) this.failed = withCode(reason).code;
    }
  }

  #take(scheme: Scheme): void {
    this.scheme = scheme;
    for (const [state, draft] of this.#drafts) if (same(draft, this.#saved(state))) this.#drafts.delete(state);
    this.#added = this.#added.filter((state) => !scheme.looks.some((look) => look.state === state));
    if (!this.states.includes(this.state)) this.state = 'online';
  }

  #saved(state: State): Draft {
    return draftOf(this.scheme?.looks.find((look) => look.state === state));
  }

  draftOf(state: State): Draft {
    return this.#drafts.get(state) ?? this.#saved(state);
  }

  lookOf(state: State): Look | null {
    return lookOf(state, this.draftOf(state));
  }

  isUnsaved(state: State): boolean {
    return this.#drafts.has(state);
  }

  #put(state: State, draft: Draft): void {
    if (same(draft, this.#saved(state))) this.#drafts.delete(state);
    else this.#drafts.set(state, draft);
  }

  write(text: string, state = this.state): void {
    // A text that differs only in its ends stays as it is typed.
    const draft = { ...this.draftOf(state), text };
    if (same(draft, this.#saved(state)) && text === this.#saved(state).text) this.#drafts.delete(state);
    else this.#drafts.set(state, draft);
  }

  remove(part: MediaPart): void {
    this.#problems.delete(`${part} ${this.state}`);
    this.#put(this.state, { ...this.draft, [part]: null });
  }

  /** Takes the look of a state away; an own state goes with it. */
  clear(state: State): void {
    for (const part of PARTS) this.#problems.delete(`${part} ${state}`);
    this.#put(state, draftOf(undefined));
    if (this.#added.includes(state)) {
      this.#added = this.#added.filter((other) => other !== state);
      this.#drafts.delete(state);
      if (this.state === state) this.state = 'online';
    }
  }

  discard(): void {
    this.#drafts.clear();
    this.#problems.clear();
    this.#added = [];
    if (!this.states.includes(this.state)) this.state = 'online';
  }

  add(name: State): void {
    if (!this.states.includes(name)) this.#added = [...this.#added, name];
    this.state = name;
  }

  /** The file that is being prepared for a part; null when none is. */
  working(part: MediaPart): string | null {
    return this.#working.get(`${part} ${this.state}`) ?? null;
  }

  problem(part: MediaPart): string {
    return this.#problems.get(`${part} ${this.state}`) ?? '';
  }

  /** Has the node make of a file what would be published. A path is on the node's machine. */
  async choose(part: MediaPart, what: File | string): Promise<void> {
    const { state } = this;
    const slot: Slot = `${part} ${state}`;
    if (this.#working.has(slot)) return;
    this.#working.set(slot, typeof what === 'string' ? (what.split(/[\\/]/).at(-1) ?? what) : what.name);
    this.#problems.delete(slot);
    try {
      const path = typeof what === 'string' ? what : (await pictures.upload([what]))[0];
      if (path === undefined) return;
      const media: LookMedia = await call('scheme.prepare', { part, path });
      this.#put(state, { ...this.draftOf(state), [part]: media });
    } catch (reason) {
      this.#problems.set(slot, refusal(part, withCode(reason).code));
    } finally {
      this.#working.delete(slot);
    }
  }

  /** Publishes every state that was changed. What was saved before one is refused stays saved. */
  async save(): Promise<void> {
    this.saving = true;
    try {
      for (const [state, draft] of [...this.#drafts]) {
        const hashes = Object.fromEntries(PARTS.map((part) => [part, draft[part]?.hash ?? null])) as Record<MediaPart, string | null>;
        await call('scheme.set', { state, text: draft.text.trim(), ...hashes });
      }
    } finally {
      this.saving = false;
    }
  }

  async push(on: boolean): Promise<void> {
    await call('scheme.push', { on });
  }
}

export const form = new SchemeForm();
