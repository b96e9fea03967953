export { default as ContactList } from './ContactList.svelte';
export { default as ContactRow } from './ContactRow.svelte';
export { default as FindSomeone } from './FindSomeone.svelte';
export { default as NearbyList } from './NearbyList.svelte';
export { default as PersonPanel } from './PersonPanel.svelte';
export { default as Requests } from './Requests.svelte';
export { contacts, Contacts } from './contacts.svelte';
export { lastLine } from './words';
