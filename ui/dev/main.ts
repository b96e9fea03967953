import { mount } from 'svelte';
import { use } from '$lib/ipc';
import App from '../src/views/App.svelte';
import '../src/styles/tokens.css';
import '../src/styles/base.css';
import { settings } from '$lib/shared';
import { sampleNode } from './node';
import { withTalks } from './samples-conversations';
import { withLooks } from './samples-looks';
import { withPhone } from './samples-phone';
import { withProducts } from './samples-products';

// The window with a node made of sample data: /dev/?home=full, empty, first, failed, loading or away.
const home = new URLSearchParams(location.search).get('home') ?? 'full';
const node = sampleNode(home);
if (home === 'full') {
  withTalks(node);
  withProducts(node);
}
withLooks(node);
use(node);
Object.assign(window, { node, settings, phone: withPhone(node) });

const target = document.getElementById('app');
if (target) mount(App, { target });
