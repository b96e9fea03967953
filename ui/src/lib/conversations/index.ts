export { default as ConversationView } from './ConversationView.svelte';
export { default as EmptyConversation } from './EmptyConversation.svelte';
export { default as Header } from './Header.svelte';
