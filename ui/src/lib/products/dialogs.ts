export { default as ScanDialog } from './ScanDialog.svelte';
export { default as SearchDialog } from './SearchDialog.svelte';
