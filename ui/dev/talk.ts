import { mount } from 'svelte';
import { use } from '$lib/ipc';
import App from '../src/views/App.svelte';
import '../src/styles/tokens.css';
import '../src/styles/base.css';
import { settings } from '$lib/shared';
import { sampleNode } from './node';
import { withTalks } from './samples-conversations';
import { withLooks } from './samples-looks';
import { withProducts } from './samples-products';

// The window with long chats, shares in every state and product cards: /dev/talk.html
const node = sampleNode('full');
withTalks(node);
withProducts(node);
withLooks(node);
use(node);
Object.assign(window, { node, settings });

const target = document.getElementById('app');
if (target) mount(App, { target });
