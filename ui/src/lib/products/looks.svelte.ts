import { devicePixelRatio } from 'svelte/reactivity/window';
import { settings } from '$lib/shared';
import type { Looks } from './cards.svelte';

/** How this window draws cards now; follows theme, language and screen. */
export function looksNow(): Looks {
  return { theme: settings.look, locale: settings.locale, scale: (devicePixelRatio.current ?? 1) > 1 ? 2 : 1 };
}
