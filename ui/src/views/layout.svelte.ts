import { settings } from '$lib/shared';

/** Below this width one column shows at a time. */
const NARROW = '(max-width: 719px)';
/** Below this width the side column lies over the conversation. */
const TIGHT = '(max-width: 1039px)';

export type SideTab = 'photos' | 'person';

/** Which columns show what. */
export class Layout {
  selected = $state<string | null>(null);
  tab = $state<SideTab>('photos');
  narrow = $state(false);
  tight = $state(false);
  palette = $state(false);
  finding = $state(false);
  settings = $state(false);
  /** The part of the settings that is shown. */
  settingsTab = $state<'general' | 'catalogs' | 'rules'>('general');
  /** The owner's products stand where the conversation does. */
  selling = $state(false);
  searching = $state(false);
  /** Words the product search begins with. */
  words = $state('');

  /** Follows the window's width until the answer is called. */
  watch(): () => void {
    const narrow = window.matchMedia(NARROW);
    const tight = window.matchMedia(TIGHT);
    const read = () => {
      this.narrow = narrow.matches;
      this.tight = tight.matches;
    };
    read();
    narrow.addEventListener('change', read);
    tight.addEventListener('change', read);
    return () => {
      narrow.removeEventListener('change', read);
      tight.removeEventListener('change', read);
    };
  }

  get sideOpen(): boolean {
    return settings.sideOpen && this.selected !== null && !this.selling;
  }

  /** Shows a person's conversation. */
  select(person: string | null): void {
    this.selected = person;
    this.selling = false;
    if (this.narrow || this.tight) settings.sideOpen = false;
  }

  /** Opens the side column at a tab; the same tab again closes it. */
  toggleSide(tab: SideTab): void {
    if (this.sideOpen && this.tab === tab) settings.sideOpen = false;
    else this.openSide(tab);
  }

  openSide(tab: SideTab): void {
    this.selling = false;
    this.tab = tab;
    settings.sideOpen = true;
  }

  openSettings(tab: 'general' | 'catalogs' | 'rules' = 'general'): void {
    this.settingsTab = tab;
    this.settings = true;
  }

  search(words = ''): void {
    this.words = words;
    this.searching = true;
  }

  closeSide(): void {
    settings.sideOpen = false;
  }
}
