export { default as MeCorner } from './MeCorner.svelte';
export { default as SettingsDialog } from './SettingsDialog.svelte';
export { me, Own } from './me.svelte';
