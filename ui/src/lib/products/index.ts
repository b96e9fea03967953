export { default as CardPicture } from './CardPicture.svelte';
