export { default as ConversationView } from './ConversationView.svelte';
export { default as EmptyConversation } from './EmptyConversation.svelte';
