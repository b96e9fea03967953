export * from './ipc.svelte';
