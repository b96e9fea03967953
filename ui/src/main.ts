import { mount } from 'svelte';
import { phone } from '$lib/ipc';
import { twice } from '$lib/shared/twice';
import { sayNotLoaded } from './views/unloaded';
import './styles/tokens.css';
import './styles/base.css';

const target = document.getElementById('app');
if (target) {
  // Each loads without the other: a phone gets the picture's editor alone.
  const loaded = await twice(location.pathname === '/phone' ? forPhone : () => import('./views/App.svelte')).catch(() => null);
  if (loaded) mount(loaded.default, { target });
  else sayNotLoaded(target);
}

async function forPhone() {
  await phone.enter();
  return import('./views/Phone.svelte');
}
