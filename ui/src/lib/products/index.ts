export { default as CardPicture } from './CardPicture.svelte';
export { Catalogs, originOf } from './catalogs.svelte';
export { default as FoundCodes } from './FoundCodes.svelte';
export { looksNow } from './looks.svelte';
export { scanner } from './scanner.svelte';

// What few open is a script of its own.
export const loadDialogs = () => import('./dialogs');
export const loadSettings = () => import('./settings');
