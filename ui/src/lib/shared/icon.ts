import type { LucideProps } from '@lucide/svelte';
import type { Component } from 'svelte';

/** An icon of @lucide/svelte, one file each: `import Camera from '@lucide/svelte/icons/camera'`. */
export type Icon = Component<LucideProps>;
