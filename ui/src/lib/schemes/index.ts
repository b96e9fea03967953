export { default as SchemeView } from './SchemeView.svelte';
