export { default as Palette } from './Palette.svelte';
export { matches, type PaletteCommand } from './match';
