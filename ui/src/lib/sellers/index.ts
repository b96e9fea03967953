export { default as SellerView } from './SellerView.svelte';
