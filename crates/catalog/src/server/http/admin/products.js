// A seller's products: search, pages, prices and stock in place, withdrawing.

import { blob, get, product as at, send } from '/admin/api.js';
import { busy, button, confirm, dropzone, el, empty, say, select, settled, usageText } from '/admin/dom.js';
import { amount, availabilities, majorOf, minorOf, priceText } from '/admin/money.js';
import { t } from '/admin/words.js';

export async function productsView(me) {
  const whole = me.rights.includes('products');
  const search = el('input', { type: 'search', placeholder: t('searchProducts'), 'aria-label': t('searchProducts'), maxLength: 200 });
  const list = el('div', { className: 'list' });
  const more = el('div', { className: 'actions' });
  const bar = el('div', { className: 'toolbar' }, search, whole && el('a', { className: 'button primary', href: '#products/' }, t('addProduct')));
  let asked = 0;

  async function load(after) {
    const turn = ++asked;
    const question = new URLSearchParams({ q: search.value, limit: 20 });
    if (after) question.set('after', after);
    const page = await get(`/seller/products?${question}`);
    if (turn !== asked) return;
    if (!after) list.replaceChildren();
    list.append(...page.products.map((product) => row(product, whole)));
    more.replaceChildren(...(page.next ? [button(t('more'), (event) => busy(event.target, () => load(page.next)))] : []));
    if (!list.children.length) list.replaceChildren(search.value.trim() ? empty(t('noHits'), t('noHitsHelp')) : nothingYet(whole));
    if (search.value.trim() && !after) say(t('found', { n: page.next ? `${page.products.length}+` : page.products.length }));
  }
  const again = settled(() => load().catch((error) => say(error.message, true)), 250);
  search.addEventListener('input', again);
  await load();
  return el('section', {}, el('h1', { className: 'visually-hidden' }, t('products')), bar, list, more, me.usage && el('p', { className: 'hint' }, usageText(me.usage)), whole && logoPanel(me));
}

function logoPanel(me) {
  const image = el('img', { className: 'thumb', alt: t('logo'), hidden: !me.logo, src: me.logo ? blob(me.logo) : undefined });
  const wrong = el('p', { className: 'wrong', role: 'alert', hidden: true });
  const take = async ([file]) => {
    wrong.hidden = true;
    try {
      const seller = await send('PUT', '/seller/logo', { body: file, type: file.type || 'application/octet-stream' });
      me.logo = seller.logo;
      image.src = blob(seller.logo);
      image.hidden = false;
      say(t('saved'));
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
    }
  };
  const drop = dropzone(t('chooseFile'), t('logoFile'), 'image/jpeg,image/png,image/webp,image/gif', take);
  return el('section', { className: 'panel' }, el('h2', {}, t('logo')), el('p', { className: 'hint' }, t('logoHint')), el('div', { className: 'joined' }, image, drop), wrong);
}

const nothingYet = (whole) =>
  whole
    ? empty(t('noProducts'), t('noProductsHelp'), el('a', { className: 'button primary', href: '#products/' }, t('addProduct')), el('a', { className: 'button', href: '#transfer' }, t('importFeed')))
    : empty(t('noProducts'), t('noProductsStock'));

function row(product, whole) {
  const place = el('article', { className: 'product', 'aria-label': product.name });
  const draw = (next) => ((product = next), place.replaceChildren(...(place.editing ? editing() : reading())), place);
  const link = whole ? el('a', { href: `#products/${encodeURIComponent(product.code)}` }, product.name) : el('span', {}, product.name);

  function reading() {
    const open = button(t('editStock'), () => ((place.editing = true), draw(product), place.querySelector('input').focus()), 'quiet');
    const end = whole && button(t('withdraw'), (event) => withdraw(event.target), 'quiet');
    return [
      thumb(product),
      el('div', { className: 'what' }, el('h2', { title: product.name }, link), el('p', { className: 'hint mono' }, product.code)),
      el('div', { className: 'money' }, el('strong', {}, priceText(product.price)), state(product)),
      el('div', { className: 'actions end' }, !product.withdrawn && open, !product.withdrawn && end),
    ];
  }

  function editing() {
    const price = el('input', { inputMode: 'decimal', value: product.price ? majorOf(product.price) : '', 'aria-label': t('price'), className: 'short' });
    const currency = el('input', { value: product.price?.currency ?? 'EUR', maxLength: 3, 'aria-label': t('currency'), className: 'tiny' });
    const quantity = el('input', { type: 'number', min: 0, max: 4294967295, value: product.quantity ?? '', 'aria-label': t('quantity'), className: 'short' });
    const availability = select(availabilities(), product.availability, { 'aria-label': t('availability') });
    const wrong = el('p', { className: 'wrong', role: 'alert', hidden: true });
    const close = () => ((place.editing = false), draw(product), place.querySelector('button')?.focus());
    const complain = (message) => ((wrong.textContent = message), (wrong.hidden = false));
    const save = async (event) => {
      event.preventDefault();
      const minor = minorOf(price.value, currency.value);
      if (minor === undefined) return complain(t('notAPrice'));
      const patch = { price: minor === null ? null : amount(minor, currency.value), availability: availability.value, quantity: quantity.value === '' ? null : Number(quantity.value) };
      try {
        product = await send('PATCH', at(product.code), { json: patch });
        close();
        say(t('saved'));
      } catch (error) {
        complain(error.message);
      }
    };
    const form = el(
      'form',
      { className: 'quick', onsubmit: save, onkeydown: (event) => event.key === 'Escape' && close() },
      el('div', { className: 'joined' }, price, currency),
      availability,
      quantity,
      el('div', { className: 'actions' }, el('button', { className: 'primary' }, t('save')), button(t('cancel'), close)),
      wrong,
    );
    return [thumb(product), el('div', { className: 'what' }, el('h2', {}, product.name), form)];
  }

  async function withdraw(control) {
    if (!(await confirm(t('withdrawTitle', { name: product.name }), t('withdrawText'), t('withdraw')))) return;
    await busy(control, async () => {
      draw(await send('DELETE', at(product.code)));
      say(t('withdrawn'));
    });
  }
  return draw(product);
}

function thumb(product) {
  const [first] = product.images ?? [];
  return first ? el('img', { className: 'thumb', src: blob(first), alt: '', loading: 'lazy' }) : el('div', { className: 'thumb none', 'aria-hidden': 'true' }, [...product.name][0]);
}

function state(product) {
  if (product.withdrawn) return el('span', { className: 'tag bad' }, t('withdrawnTag'));
  const out = ['OutOfStock', 'SoldOut', 'Discontinued'].includes(product.availability);
  const count = product.quantity === undefined || product.quantity === null ? '' : ` · ${product.quantity}`;
  return el('span', { className: `tag ${out ? 'warn' : 'good'}` }, `${t(product.availability)}${count}`);
}
