import type { Visit } from './transport';

const KEY = 'stoa-phone';
const NAME_LENGTH = 9;
/** 9 bytes of name and 32 of key, in base64url. */
const PASS = /^[\w-]{55}$/;

interface Kept {
  /** The newest first; the next one is for when the node does not know it. */
  passes: string[];
  visit: Visit | null;
}

/** The passes of this tab: the link's, then the one that the node gave for it. They outlive a reload. */
export class Passes {
  #kept: Kept = read();

  constructor() {
    this.take();
  }

  /** Takes the link's pass out of the address, where others could read it. */
  take(): boolean {
    const pass = location.hash.slice(1);
    if (!PASS.test(pass)) return false;
    history.replaceState(history.state, '', location.pathname + location.search);
    this.#keep({ passes: [pass, ...this.#kept.passes.filter((each) => each !== pass)], visit: null });
    return true;
  }

  get current(): string | null {
    return this.#kept.passes[0] ?? null;
  }

  get visit(): Visit | null {
    return this.#kept.visit;
  }

  /** Notes what the node told; a pass in it replaces all others. */
  entered(pass: string | null, visit: Visit): void {
    this.#keep({ passes: pass !== null && PASS.test(pass) ? [pass] : this.#kept.passes.slice(0, 1), visit });
  }

  prolonged(visit: Visit): void {
    this.#keep({ ...this.#kept, visit });
  }

  /** Forgets the current one. */
  drop(): void {
    this.#keep({ ...this.#kept, passes: this.#kept.passes.slice(1) });
  }

  forget(): void {
    this.#keep({ passes: [], visit: null });
  }

  #keep(kept: Kept): void {
    this.#kept = kept;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // A forbidden store costs the visit after a reload, nothing else.
    }
  }
}

/** What a pass is made of. */
export function opened(pass: string): { name: Uint8Array; key: Uint8Array } {
  const bytes = Uint8Array.from(atob(pass.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  return { name: bytes.subarray(0, NAME_LENGTH), key: bytes.subarray(NAME_LENGTH) };
}

function read(): Kept {
  try {
    const { passes, visit } = JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<Kept>;
    return { passes: passes?.filter((pass) => PASS.test(pass)) ?? [], visit: visit ?? null };
  } catch {
    return { passes: [], visit: null };
  }
}
