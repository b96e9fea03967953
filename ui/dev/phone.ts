import { mount } from 'svelte';
import { onChange, use } from '$lib/ipc';
import { settings } from '$lib/shared';
import Phone from '../src/views/Phone.svelte';
import '../src/styles/tokens.css';
import '../src/styles/base.css';
import { sampleNode } from './node';
import { withLooks } from './samples-looks';

// The page on a phone: /dev/phone.html?home=editor, connecting or looking.
const home = new URLSearchParams(location.search).get('home') ?? 'editor';
const node = sampleNode('full');
withLooks(node);
const inside = home === 'editor';
use(node, !inside ? null : { name: 'Aino Lehtinen', until: Date.now() + 1_800_000 });
if (!inside) onChange(() => {});
Object.assign(window, { node, settings });

const target = document.getElementById('app');
if (target) mount(Phone, { target });
