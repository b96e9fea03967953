// The frame: signing in, the tabs, and which view is shown.

import { ApiError, get, key, manifest } from '/admin/api.js';
import { button, el, field, say, select } from '/admin/dom.js';
import { LANGUAGES, language, setLanguage, t } from '/admin/words.js';
import { transferView } from '/admin/import.js';
import { productView } from '/admin/product.js';
import { productsView } from '/admin/products.js';
import { sellersView } from '/admin/sellers.js';
import { catalogView } from '/admin/shop.js';

const app = document.getElementById('app');
let holder;
let catalog;

const views = [
  { hash: '#products', label: 'products', fits: (me) => me.id, show: productsView },
  { hash: '#transfer', label: 'transfer', fits: (me) => me.id && me.rights.includes('products'), show: transferView },
  { hash: '#sellers', label: 'sellers', fits: (me) => me.operator, show: sellersView },
  { hash: '#catalog', label: 'catalog', fits: (me) => me.operator, show: catalogView },
];

const languages = () =>
  select(LANGUAGES, language(), { className: 'quiet', 'aria-label': t('language'), onchange: (event) => (setLanguage(event.target.value), start()) });

function signIn(wrong) {
  document.title = catalog?.name ?? 'Catalog';
  const input = el('input', { type: 'password', autocomplete: 'off', spellcheck: false, required: true, placeholder: 'stoa_…', className: 'mono' });
  const row = field(t('key'), input, t('keyHint'));
  const submit = async (event) => {
    event.preventDefault();
    key.set(input.value.trim());
    await start((error) => row.complain(error.message));
  };
  app.replaceChildren(
    el('header', { className: 'bar' }, el('strong', { className: 'name' }, catalog?.name ?? ''), languages()),
    el(
      'main',
      { className: 'narrow' },
      el('form', { className: 'panel', onsubmit: submit }, el('h1', {}, t('signIn')), row, el('div', { className: 'actions' }, el('button', { className: 'primary' }, t('signIn')))),
      el('p', { className: 'hint' }, t('signInHelp')),
      el('p', { className: 'hint' }, el('a', { href: '/docs' }, t('docs'))),
    ),
  );
  if (wrong) row.complain(wrong);
  input.focus();
}

function frame(me) {
  const main = el('main', { id: 'main', tabIndex: -1 });
  const open = views.filter((view) => view.fits(me));
  const tabs = el('nav', { className: 'tabs', 'aria-label': t('parts') }, ...open.map((view) => el('a', { href: view.hash }, t(view.label))));
  const leave = button(t('signOut'), () => (key.forget(), (location.hash = ''), start()), 'quiet');
  const who = el('span', { className: 'who' }, me.name ?? t('operator'));
  const title = el('div', { className: 'titles' }, el('strong', { className: 'name' }, catalog.name), who);
  app.replaceChildren(el('header', { className: 'bar' }, title, languages(), leave), tabs, main);
  return { main, tabs, open };
}

async function show({ main, tabs, open }) {
  const [name, ...rest] = location.hash.split('/');
  const code = rest.length ? decodeURIComponent(rest.join('/')) : null;
  const view = open.find((view) => view.hash === name) ?? open[0];
  for (const tab of tabs.children) {
    if (tab.hash === view?.hash) tab.setAttribute('aria-current', 'page');
    else tab.removeAttribute('aria-current');
  }
  document.title = view ? `${t(view.label)} · ${catalog.name}` : catalog.name;
  main.replaceChildren(el('p', { className: 'waiting' }, t('loading')));
  try {
    const drawn = !view ? el('p', {}, t('noRights')) : code !== null && view.hash === '#products' ? await productView(code, holder, catalog) : await view.show(holder, catalog);
    main.replaceChildren(drawn);
    main.querySelector('[data-focus]')?.focus();
  } catch (error) {
    failed(error, main, () => show({ main, tabs, open }));
  }
}

function failed(error, main, again) {
  if (error instanceof ApiError && error.status === 401) {
    key.forget();
    signIn(error.message);
    return;
  }
  main.replaceChildren(el('div', { className: 'empty', role: 'alert' }, el('h2', {}, t('failed')), el('p', {}, error.message), button(t('again'), again)));
}

let shown;
async function start(refused = (error) => signIn(error.message)) {
  document.documentElement.lang = language();
  try {
    catalog = await manifest();
    if (!key.get()) return signIn();
    holder = await get('/seller');
  } catch (error) {
    if (error.status === 401 || error.status === 429) {
      key.forget();
      return refused(error);
    }
    return failed(error, app, () => start());
  }
  shown = frame(holder);
  await show(shown);
}

window.addEventListener('hashchange', () => key.get() && shown && show(shown));
window.addEventListener('unhandledrejection', (event) => say(event.reason?.message ?? t('failed'), true));
await start();
