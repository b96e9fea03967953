export { default as PhoneDialog } from './PhoneDialog.svelte';
export { default as PhoneDoor } from './PhoneDoor.svelte';
