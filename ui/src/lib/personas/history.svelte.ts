import type { Recipe } from '$lib/ipc';
import { same } from './recipe';

const MOST = 200;
/** A pause after which the same kind of change is a new step. */
const PAUSE_MS = 900;

/** A recipe and the steps that led to it. Changes of one kind that follow closely, as those of a drag, are one step. */
export class History {
  #steps = $state.raw<readonly Recipe[]>([]);
  #at = $state(0);
  #kind = '';
  #since = 0;

  constructor(begin: Recipe) {
    this.#steps = [begin];
  }

  get now(): Recipe {
    return this.#steps[this.#at] as Recipe;
  }

  get canUndo(): boolean {
    return this.#at > 0;
  }

  get canRedo(): boolean {
    return this.#at < this.#steps.length - 1;
  }

  /** `kind` names what is being changed; without it the change is a step of its own. */
  change(next: Recipe, kind = '', time = performance.now()): void {
    if (same(next, this.now)) return;
    const goesOn = kind !== '' && kind === this.#kind && time - this.#since < PAUSE_MS && this.#at > 0 && !this.canRedo;
    const kept = this.#steps.slice(0, goesOn ? this.#at : this.#at + 1).slice(-MOST);
    this.#steps = [...kept, next];
    this.#at = kept.length;
    this.#kind = kind;
    this.#since = time;
  }

  /** The next change is a step of its own. */
  seal(): void {
    this.#kind = '';
  }

  undo(): void {
    this.seal();
    if (this.canUndo) this.#at--;
  }

  redo(): void {
    this.seal();
    if (this.canRedo) this.#at++;
  }

  restart(recipe: Recipe): void {
    this.seal();
    this.#steps = [recipe];
    this.#at = 0;
  }
}
