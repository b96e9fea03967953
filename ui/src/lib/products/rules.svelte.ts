import { call, onChange, withCode, type CardRule, type ErrorCode, type RuleMatch } from '$lib/ipc';

const PAUSE_MS = 200;

/** All rules that find product links: the owner's own, then the signed ones. */
export class Rules {
  all = $state.raw<readonly CardRule[]>([]);
  loaded = $state(false);
  failed = $state<ErrorCode | null>(null);

  readonly own = $derived(this.all.filter((rule) => rule.by_hand));
  readonly signed = $derived(this.all.filter((rule) => !rule.by_hand));

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
      this.all = await call('card.rules.list', {});
      this.failed = null;
      this.loaded = true;
    } catch (reason) {
      if (!this.loaded) this.failed = withCode(reason).code;
    }
  }

  async put(rule: CardRule): Promise<void> {
    await call('card.rules.add', { rule });
    await this.read();
  }

  async remove(id: string): Promise<void> {
    await call('card.rules.remove', { id });
    await this.read();
  }
}

/** What a rule looks at after the host. */
export type Looks = 'path' | 'param' | 'gs1';

/** A rule while it is written, and what it makes of a text that is tried on it. */
export class RuleDraft {
  readonly id: string;
  host = $state('');
  looks = $state<Looks>('path');
  path = $state('');
  param = $state('');
  value = $state('');
  catalog = $state('');
  text = $state('');
  match = $state<RuleMatch | null>(null);
  /** Why the text is not recognised; the sentence is the node's, about the rule. */
  failed = $state<{ code: ErrorCode; message: string } | null>(null);
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly pathError = $derived(this.looks === 'gs1' || this.path === '' ? null : expressionError(this.path, this.looks === 'path'));
  readonly valueError = $derived(this.looks !== 'param' || this.value === '' ? null : expressionError(this.value, true));
  readonly hostError = $derived(this.host.trim() !== '' && !isHost(this.host.trim()));
  readonly complete = $derived(
    isHost(this.host.trim()) &&
      this.catalog !== '' &&
      this.pathError === null &&
      this.valueError === null &&
      (this.looks === 'gs1' || (this.looks === 'path' ? this.path !== '' : this.param.trim() !== '' && this.value !== '')),
  );

  constructor(rule: CardRule | null, taken: readonly string[]) {
    this.id = rule?.id ?? freshId(taken);
    if (!rule) return;
    this.host = rule.host;
    this.looks = rule.gs1 ? 'gs1' : rule.param ? 'param' : 'path';
    this.path = rule.path ?? '';
    this.param = rule.param ?? '';
    this.value = rule.value ?? '';
    this.catalog = rule.catalog;
  }

  get rule(): CardRule {
    const gs1 = this.looks === 'gs1';
    const param = this.looks === 'param';
    return {
      id: this.id,
      host: this.host.trim().toLowerCase(),
      path: gs1 || this.path === '' ? null : this.path,
      param: param ? this.param.trim() : null,
      value: param ? this.value : null,
      gs1,
      catalog: this.catalog,
      by_hand: true,
    };
  }

  /** Tries the text a moment after the last letter in it or in the rule. */
  try(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.test(), PAUSE_MS);
  }

  async test(): Promise<void> {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    if (!this.complete || this.text.trim() === '') {
      this.match = this.failed = null;
      return;
    }
    try {
      const match = await call('card.rules.test', { text: this.text, rule: this.rule });
      if (turn !== this.#turn) return;
      this.match = match;
      this.failed = null;
    } catch (reason) {
      if (turn !== this.#turn) return;
      const { code, message } = withCode(reason);
      this.match = null;
      this.failed = { code, message };
    }
  }
}

export type ExpressionError = 'syntax' | 'no_group';

/** Where an expression is plainly wrong; the node, whose expressions differ in corners, has the last word. */
export function expressionError(text: string, grouped: boolean): ExpressionError | null {
  try {
    // Rust names groups with a P as well.
    new RegExp(text.replaceAll('(?P<', '(?<'), 'u');
  } catch {
    return 'syntax';
  }
  const groups = text.replace(/\\./g, '').replace(/\[[^\]]*\]/g, '');
  return grouped && !/\((?!\?)|\(\?P?<(?![=!])/.test(groups) ? 'no_group' : null;
}

/** A host, or a host after a dot: every true subdomain of it. */
export function isHost(text: string): boolean {
  return /^\.?([\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,}$/u.test(text);
}

function freshId(taken: readonly string[]): string {
  for (let at = taken.length + 1; ; at++) {
    const id = `own-${String(at)}`;
    if (!taken.includes(id)) return id;
  }
}
