export { default as PersonaEditor } from './PersonaEditor.svelte';
export { default as PhotoStep } from './PhotoStep.svelte';
