import { settings } from '$lib/shared';

/** Below this width one column shows at a time. */
const NARROW = '(max-width: 719px)';
/** Below this width the side column lies over the conversation. */
const TIGHT = '(max-width: 1039px)';

export type SideTab = 'photos' | 'person';
/** What stands where the conversation does: the owner's products, looks or picture. */
export type Page = 'selling' | 'looks' | 'persona';

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
  settingsTab = $state<'general' | 'phone' | 'catalogs' | 'rules'>('general');
  page = $state<Page | null>(null);
  /** The owner chooses from whom to be hidden. */
  hiding = $state(false);
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
    return settings.sideOpen && this.selected !== null && this.page === null;
  }

  /** Shows a person's conversation. */
  select(person: string | null): void {
    this.selected = person;
    this.page = null;
    if (this.narrow || this.tight) settings.sideOpen = false;
  }

  /** Opens the side column at a tab; the same tab again closes it. */
  toggleSide(tab: SideTab): void {
    if (this.sideOpen && this.tab === tab) settings.sideOpen = false;
    else this.openSide(tab);
  }

  openSide(tab: SideTab): void {
    this.page = null;
    this.tab = tab;
    settings.sideOpen = true;
  }

  openSettings(tab: 'general' | 'phone' | 'catalogs' | 'rules' = 'general'): void {
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
