export { draft } from './draft';
export { default as PersonaEditor } from './PersonaEditor.svelte';
export { default as PhotoStep } from './PhotoStep.svelte';
export { default as Portrait } from './Portrait.svelte';
export { OwnPicture } from './own.svelte';
