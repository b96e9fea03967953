import { overwriteGetLocale, type Locale } from '$lib/paraglide/runtime';

export type ThemeChoice = 'light' | 'dark' | 'system';
export type { Locale };

const KEY = 'stoa.window';
const RAIL = { least: 240, usual: 280, most: 420 };
const SIDE = { least: 280, usual: 340, most: 560 };

interface Kept {
  theme: ThemeChoice;
  locale: Locale | null;
  rail: number;
  side: number;
  sideOpen: boolean;
}

/** What this window remembers of its own looks. Kept in the web view, not in the home. */
class Settings {
  theme = $state<ThemeChoice>('system');
  rail = $state(RAIL.usual);
  side = $state(SIDE.usual);
  sideOpen = $state(false);
  #locale = $state<Locale | null>(null);
  #systemIsDark = $state(false);

  constructor() {
    const kept = read();
    if (kept.theme === 'light' || kept.theme === 'dark') this.theme = kept.theme;
    if (kept.locale === 'en' || kept.locale === 'zh-Hans') this.#locale = kept.locale;
    this.rail = within(RAIL, kept.rail);
    this.side = within(SIDE, kept.side);
    this.sideOpen = kept.sideOpen === true;
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    this.#systemIsDark = dark.matches;
    dark.addEventListener('change', () => (this.#systemIsDark = dark.matches));
    overwriteGetLocale(() => this.locale);
  }

  get locale(): Locale {
    return this.#locale ?? ofSystem();
  }

  set locale(locale: Locale) {
    this.#locale = locale;
  }

  /** The theme as drawn. */
  get look(): 'light' | 'dark' {
    if (this.theme !== 'system') return this.theme;
    return this.#systemIsDark ? 'dark' : 'light';
  }

  resizeRail(width: number): void {
    this.rail = within(RAIL, width);
  }

  resizeSide(width: number): void {
    this.side = within(SIDE, width);
  }

  get bounds() {
    return { rail: RAIL, side: SIDE };
  }

  /** Writes theme and language to the document and keeps everything; call inside an effect. */
  apply(): void {
    document.documentElement.dataset.theme = this.look;
    document.documentElement.lang = this.locale;
    const kept: Kept = {
      theme: this.theme,
      locale: this.#locale,
      rail: this.rail,
      side: this.side,
      sideOpen: this.sideOpen,
    };
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // A web view without storage forgets its looks; nothing else depends on them.
    }
  }
}

function read(): Partial<Kept> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof kept === 'object' && kept !== null ? kept : {};
  } catch {
    return {};
  }
}

function within(bounds: typeof RAIL, width: unknown): number {
  if (typeof width !== 'number' || !Number.isFinite(width)) return bounds.usual;
  return Math.round(Math.min(bounds.most, Math.max(bounds.least, width)));
}

// The first of the system's languages that Stoa speaks.
function ofSystem(): Locale {
  const known = navigator.languages.find((language) => /^(en|zh)\b/.test(language));
  return known?.startsWith('zh') ? 'zh-Hans' : 'en';
}

export const settings = new Settings();
