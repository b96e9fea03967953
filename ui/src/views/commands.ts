import CircleDot from '@lucide/svelte/icons/circle-dot';
import Eye from '@lucide/svelte/icons/eye';
import EyeOff from '@lucide/svelte/icons/eye-off';
import Images from '@lucide/svelte/icons/images';
import Languages from '@lucide/svelte/icons/languages';
import PackageSearch from '@lucide/svelte/icons/package-search';
import Regex from '@lucide/svelte/icons/regex';
import ScanBarcode from '@lucide/svelte/icons/scan-barcode';
import Settings from '@lucide/svelte/icons/settings';
import Smartphone from '@lucide/svelte/icons/smartphone';
import Sparkles from '@lucide/svelte/icons/sparkles';
import Store from '@lucide/svelte/icons/store';
import SunMoon from '@lucide/svelte/icons/sun-moon';
import UserPlus from '@lucide/svelte/icons/user-plus';
import UserRound from '@lucide/svelte/icons/user-round';
import UserRoundPen from '@lucide/svelte/icons/user-round-pen';
import type { PaletteCommand } from '$lib/find';
import type { Contact } from '$lib/ipc';
import { me } from '$lib/me';
import { presence } from '$lib/presence';
import { scanner } from '$lib/products';
import { m, settings, stateName, toasts, type ThemeChoice } from '$lib/shared';
import type { Layout } from './layout.svelte';

/** Everything the palette offers besides people. Labels follow the language: call inside a derived. */
export function commandsOf(layout: Layout, contact: Contact | null): PaletteCommand[] {
  return [
    ...(contact ? withContact(layout, contact) : []),
    { id: 'find', label: m.contacts_find(), icon: UserPlus, run: () => (layout.finding = true) },
    { id: 'scan', label: m.products_scan(), icon: ScanBarcode, run: () => scanner.show() },
    { id: 'search', label: m.products_search(), icon: PackageSearch, run: () => layout.search() },
    { id: 'selling', label: m.sellers_title(), icon: Store, run: () => (layout.page = 'selling') },
    { id: 'looks', label: m.schemes_title(), icon: Sparkles, run: () => (layout.page = 'looks') },
    { id: 'persona', label: m.shell_command_persona(), icon: UserRoundPen, run: () => (layout.page = 'persona') },
    ...presence.states.map((state) => ({
      id: `state-${state}`,
      label: m.shell_command_state({ state: stateName(state) }),
      icon: CircleDot,
      run: () => tried(presence.set(state, me.current?.presence.text ?? '', null)),
    })),
    me.current?.hidden.from_all
      ? { id: 'show', label: m.presence_show(), icon: Eye, run: () => tried(presence.show(null)) }
      : { id: 'hide', label: m.presence_hide_all(), icon: EyeOff, run: () => tried(presence.hide(null)) },
    { id: 'hide-some', label: m.presence_hide_some(), icon: EyeOff, run: () => (layout.hiding = true) },
    ...themes().map(([theme, name]) => ({
      id: `theme-${theme}`,
      label: m.shell_command_theme({ theme: name }),
      icon: SunMoon,
      run: () => (settings.theme = theme),
    })),
    { id: 'en', label: m.shell_command_language({ language: 'English' }), icon: Languages, run: () => (settings.locale = 'en') },
    { id: 'zh', label: m.shell_command_language({ language: '简体中文' }), icon: Languages, run: () => (settings.locale = 'zh-Hans') },
    { id: 'settings', label: m.me_settings(), icon: Settings, run: () => layout.openSettings() },
    { id: 'phone', label: m.me_phone(), icon: Smartphone, run: () => layout.openSettings('phone') },
    { id: 'catalogs', label: m.products_catalogs(), icon: Store, run: () => layout.openSettings('catalogs') },
    { id: 'rules', label: m.products_rules(), icon: Regex, run: () => layout.openSettings('rules') },
  ];
}

function tried(work: Promise<unknown>): void {
  work.catch((reason: unknown) => toasts.failed(reason));
}

/** What the palette offers for the words themselves. */
export function searchesOf(layout: Layout, words: string): PaletteCommand[] {
  if (words === '') return [];
  return [{ id: 'search-for', label: m.shell_command_search_for({ words }), icon: PackageSearch, run: () => layout.search(words) }];
}

function withContact(layout: Layout, { name }: Contact): PaletteCommand[] {
  return [
    { id: 'photos', label: m.shell_command_photos({ name }), icon: Images, run: () => layout.openSide('photos') },
    { id: 'person', label: m.shell_command_person({ name }), icon: UserRound, run: () => layout.openSide('person') },
  ];
}

function themes(): [ThemeChoice, string][] {
  return [
    ['light', m.me_theme_light()],
    ['dark', m.me_theme_dark()],
    ['system', m.me_theme_system()],
  ];
}
