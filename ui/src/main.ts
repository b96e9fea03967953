import { mount } from 'svelte';
import { phone } from '$lib/ipc';
import './styles/tokens.css';
import './styles/base.css';

const target = document.getElementById('app');
if (target) {
  // Each loads without the other: a phone gets the picture's editor alone.
  const { default: View } = location.pathname === '/phone' ? await forPhone() : await import('./views/App.svelte');
  mount(View, { target });
}

async function forPhone() {
  await phone.enter();
  return import('./views/Phone.svelte');
}
