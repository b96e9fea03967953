// One product: the form, the card beside it as buyers will see it, the pictures.

import { blob, get, picture, product as at, send } from '/admin/api.js';
import { busy, button, digits, dropzone, el, field, say, select, settled } from '/admin/dom.js';
import { amount, availabilities, majorOf, minorOf } from '/admin/money.js';
import { language, t } from '/admin/words.js';

const IMAGES = 'image/jpeg,image/png,image/webp,image/gif';
const FRESH = [
  [300, 'fresh5m'],
  [3600, 'fresh1h'],
  [86400, 'fresh1d'],
];

export async function productView(code, me, catalog) {
  const isNew = code === '';
  let product = isNew ? null : JSON.parse((await get(at(code))).payload);
  const form = productForm(product, catalog);
  const preview = cardPreview(() => form.draft(product?.images ?? []));
  const pictures = el('section', { className: 'panel' });
  const save = el('button', { className: 'primary' }, isNew ? t('addProduct') : t('save'));
  const wrong = el('p', { className: 'wrong', role: 'alert', hidden: true });

  function complain(error) {
    const told = form.complain(error.field, error.message);
    wrong.hidden = told;
    wrong.replaceChildren(error.code === 'changed' ? t('changedMeanwhile') : error.message);
    if (error.code === 'changed') wrong.append(' ', button(t('reload'), () => window.dispatchEvent(new HashChangeEvent('hashchange')), 'quiet'));
  }

  async function submit(event) {
    event.preventDefault();
    wrong.hidden = true;
    const draft = form.draft(product?.images ?? []);
    if (!draft) return;
    const headers = product ? { 'if-match': `"${product.version}"` } : { 'if-none-match': '*' };
    await busy(save, async () => {
      try {
        product = await send('PUT', at(draft.code), { json: draft, headers });
      } catch (error) {
        if (error.code === 'changed' && isNew) return complain({ field: 'code', message: t('codeTaken') });
        return complain(error);
      }
      say(t('saved'));
      if (isNew) location.hash = `#products/${encodeURIComponent(product.code)}`;
      else drawPictures();
    });
  }

  function drawPictures() {
    if (!product) {
      pictures.replaceChildren(el('h2', {}, t('pictures')), el('p', { className: 'hint' }, t('picturesLater')));
      return;
    }
    const images = product.images ?? [];
    const shown = images.map((hash, place) =>
      el('li', {}, el('img', { src: blob(hash), alt: t('pictureN', { n: place + 1 }) }), button('×', (event) => remove(hash, event.target), 'remove', { 'aria-label': t('removePicture', { n: place + 1 }) })),
    );
    const drop = images.length < 8 && dropzone(t('addPictures'), t('picturesHint'), IMAGES, upload, true);
    pictures.replaceChildren(el('h2', {}, t('pictures')), el('ul', { className: 'pictures' }, ...shown), drop || el('p', { className: 'hint' }, t('picturesFull')), progress);
  }

  const progress = el('p', { className: 'wrong', role: 'alert', hidden: true });
  async function upload(files) {
    progress.hidden = true;
    pictures.setAttribute('aria-busy', 'true');
    for (const file of files) {
      try {
        if (file.size > 16 * 1024 * 1024) throw new Error(t('pictureTooLarge'));
        product = await send('POST', `${at(product.code)}/photos`, { body: file, type: file.type || 'application/octet-stream' });
        drawPictures();
        preview.draw();
      } catch (error) {
        progress.textContent = `${file.name}: ${error.message}`;
        progress.hidden = false;
      }
    }
    pictures.removeAttribute('aria-busy');
  }

  async function remove(hash, control) {
    await busy(control, async () => {
      product = await send('DELETE', `${at(product.code)}/photos/${hash}`);
      drawPictures();
      preview.draw();
    });
  }

  const fields = el('form', { className: 'panel', noValidate: true, onsubmit: submit, oninput: preview.draw, onchange: preview.draw }, ...form.rows, wrong, el('div', { className: 'actions' }, save, el('a', { className: 'button', href: '#products' }, t('back'))));
  drawPictures();
  preview.draw();
  const title = isNew ? t('addProduct') : product.name;
  const ended = product?.withdrawn && el('p', { className: 'note' }, t('withdrawnNote'));
  return el('section', {}, el('h1', {}, title), ended, el('div', { className: 'columns' }, el('div', {}, fields, pictures), preview.place));
}

function productForm(product, catalog) {
  const input = (name, props = {}) => el('input', { name, value: product?.[name] ?? '', ...props });
  const layouts = Object.keys(catalog.layouts).map((layout) => [layout, layout]);
  if (product && !catalog.layouts[product.layout]) layouts.push([product.layout, product.layout]);
  const fresh = FRESH.map(([seconds, label]) => [String(seconds), t(label)]);
  const kept = String(product?.freshSeconds ?? 3600);
  if (!fresh.some(([seconds]) => seconds === kept)) fresh.push([kept, t('freshSeconds', { n: kept })]);
  const price = el('input', { name: 'price', inputMode: 'decimal', autocomplete: 'off', value: product?.price ? majorOf(product.price) : '' });
  const currency = el('input', { name: 'currency', maxLength: 3, className: 'tiny', value: product?.price?.currency ?? 'EUR', 'aria-label': t('currency') });
  const start = catalog.layouts.compact || !layouts.length ? 'compact' : layouts[0][0];
  const fields = {
    code: field(t('code'), input('code', { required: true, maxLength: 128, readOnly: Boolean(product), spellcheck: false, className: 'mono', 'data-focus': product ? undefined : '' }), t('codeHint')),
    gtin: field(t('gtin'), input('gtin', { inputMode: 'numeric', maxLength: 32, spellcheck: false, className: 'mono', value: product?.gtin ?? (product?.kind === 'gtin' ? product.code : '') }), t('gtinHint')),
    name: field(t('name'), input('name', { required: true, maxLength: 300 })),
    brand: field(t('brand'), input('brand', { maxLength: 100 })),
    description: field(t('description'), el('textarea', { name: 'description', rows: 4, maxLength: 4000, value: product?.description ?? '' })),
    price: field(t('price'), price, t('priceHint')),
    availability: field(t('availability'), select(availabilities(), product?.availability ?? 'InStock')),
    quantity: field(t('quantity'), input('quantity', { type: 'number', min: 0, max: 4294967295 }), t('quantityHint')),
    url: field(t('link'), input('url', { type: 'url', required: true, maxLength: 2048, placeholder: 'https://' }), t('linkHint')),
    layout: field(t('layout'), select(layouts.length ? layouts : [['compact', 'compact']], product?.layout ?? start)),
    imageStyle: field(t('imageStyle'), select([['cover', t('cover')], ['contain', t('contain')]], product?.imageStyle ?? 'cover'), t('imageStyleHint')),
    freshSeconds: field(t('fresh'), select(fresh, kept), t('freshHint')),
  };
  const joined = el('div', { className: 'joined' });
  price.before(joined);
  joined.append(price, currency);
  const value = (name) => fields[name].control.value.trim();

  /** Null while the price is none; everything else is judged by the catalog. */
  function draft(images) {
    const minor = minorOf(price.value, currency.value);
    fields.price.complain(minor === undefined ? t('notAPrice') : null);
    if (minor === undefined) return null;
    const optional = (name) => (value(name) ? { [name]: value(name) } : {});
    return {
      code: value('code'),
      name: value('name'),
      ...(digits(value('gtin')) ? { gtin: digits(value('gtin')) } : {}),
      ...optional('brand'),
      ...optional('description'),
      ...(minor === null ? {} : { price: amount(minor, currency.value) }),
      availability: value('availability'),
      ...(value('quantity') === '' ? {} : { quantity: Number(value('quantity')) }),
      images,
      imageStyle: value('imageStyle'),
      url: value('url'),
      layout: value('layout'),
      freshSeconds: Number(value('freshSeconds')),
    };
  }

  /** At the field that is to blame; true when there is one. */
  function complain(name, message) {
    const row = fields[name];
    row?.complain(message);
    row?.control.focus();
    return Boolean(row);
  }
  const pair = (...names) => el('div', { className: 'pair' }, ...names.map((name) => fields[name]));
  const rows = [pair('code', 'gtin'), fields.name, pair('price', 'brand'), pair('availability', 'quantity'), fields.url, fields.description, pair('layout', 'imageStyle'), fields.freshSeconds];
  return { rows, draft, complain };
}

/** The card as it will be drawn, light or dark, some moments after the last change. */
export function cardPreview(draft, ask = (look, signal) => picture('POST', `/preview?${look}`, { json: draft(), signal })) {
  let dark = matchMedia('(prefers-color-scheme: dark)').matches;
  let last;
  const image = el('img', { alt: t('previewAlt'), hidden: true });
  const note = el('p', { className: 'hint' }, t('previewSoon'));
  const themes = el('div', { className: 'actions' });
  const place = el('aside', { className: 'preview', 'aria-label': t('preview') }, el('h2', {}, t('preview')), el('div', { className: 'stage' }, image, note), themes);

  const now = async () => {
    last?.abort();
    const turn = (last = new AbortController());
    const look = new URLSearchParams({ theme: dark ? 'dark' : 'light', locale: language(), scale: devicePixelRatio > 1 ? 2 : 1 });
    place.firstElementChild.nextElementSibling.dataset.theme = dark ? 'dark' : 'light';
    try {
      if (!draft()) return;
      const drawn = await ask(look, turn.signal);
      if (turn.signal.aborted) return URL.revokeObjectURL(drawn);
      if (image.src) URL.revokeObjectURL(image.src);
      image.src = drawn;
      image.onload = () => (image.style.width = `${image.naturalWidth / Number(look.get('scale'))}px`);
      image.hidden = false;
      note.textContent = '';
    } catch (error) {
      if (error.name === 'AbortError') return;
      image.hidden = true;
      note.textContent = error.status === 501 ? t('noPreview') : error.field ? t('previewNeeds', { why: error.message }) : error.message;
    }
  };
  const theme = (value, label) => button(label, () => ((dark = value), toggles(), now()), 'quiet', { 'aria-pressed': String(dark === value) });
  const toggles = () => themes.replaceChildren(theme(false, t('light')), theme(true, t('dark')));
  toggles();
  return { place, draw: settled(now) };
}
