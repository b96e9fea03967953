export { shares } from './shares.svelte';
export { default as PhotosPanel } from './PhotosPanel.svelte';
export { default as PreparingShares } from './PreparingShares.svelte';
export { default as ShareDialog } from './ShareDialog.svelte';
export { default as ShareTile } from './ShareTile.svelte';
