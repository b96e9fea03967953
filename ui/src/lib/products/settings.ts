export { default as CatalogSettings } from './CatalogSettings.svelte';
export { default as RuleSettings } from './RuleSettings.svelte';
