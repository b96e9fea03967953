import { withCode } from '$lib/ipc';
import { errorSentence } from './errors';

const SHOWN_MS = 6_000;
const MOST = 4;

export interface ToastOf {
  id: number;
  kind: 'said' | 'failed';
  text: string;
}

/** Short words at the edge of the window. Errors stay until dismissed. */
class Toasts {
  shown = $state<ToastOf[]>([]);
  #next = 1;

  say(text: string): void {
    const id = this.#add('said', text);
    setTimeout(() => this.dismiss(id), SHOWN_MS);
  }

  /** Any rejected value; the sentence is chosen by its code. */
  failed(reason: unknown): void {
    this.#add('failed', errorSentence(withCode(reason).code));
  }

  dismiss(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }

  #add(kind: ToastOf['kind'], text: string): number {
    const id = this.#next++;
    const others = this.shown.filter((toast) => toast.text !== text);
    this.shown = [...others, { id, kind, text }].slice(-MOST);
    return id;
  }
}

export const toasts = new Toasts();
