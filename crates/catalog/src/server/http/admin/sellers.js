// The operator's sellers: who they are, their badges, their keys.

import { get, manifest, send } from '/admin/api.js';
import { busy, button, confirm, digits, el, empty, field, say, secret, select, usageText } from '/admin/dom.js';
import { language, t } from '/admin/words.js';

const RIGHTS = [['products', 'rightProducts'], ['stock', 'rightStock'], ['operator', 'rightOperator']];

export async function sellersView() {
  const place = el('section', {});
  const fresh = el('div', { 'aria-live': 'polite' });
  const input = el('input', { maxLength: 100, required: true });
  const row = field(t('sellerName'), input, t('sellerNameHint'));

  async function add(event) {
    event.preventDefault();
    await busy(event.submitter, async () => {
      try {
        const made = await send('POST', '/operator/sellers', { json: { name: input.value.trim() } });
        input.value = '';
        fresh.replaceChildren(secret(made.key, t('keyOf', { name: made.name })));
        await draw();
      } catch (error) {
        row.complain(error.message);
      }
    });
  }
  const list = el('div', { className: 'list' });
  const gtins = el('section', {});
  const own = el('section', { className: 'panel' });
  async function draw() {
    const [{ sellers, keys }, { badges }] = await Promise.all([get('/operator/sellers'), manifest()]);
    const shown = sellers.map((seller) => sellerPanel(seller, Object.keys(badges ?? {}), draw));
    list.replaceChildren(...(shown.length ? shown : [empty(t('noSellers'), t('noSellersHelp'))]));
    gtins.replaceChildren(gtinForm(sellers));
    drawOwn(keys);
  }
  function drawOwn(keys) {
    const given = el('div', {});
    const more = button(t('newKey'), (event) => busy(event.target, async () => {
      const made = await send('POST', '/operator/keys');
      await draw();
      own.append(secret(made.key, t('operatorKey')));
    }));
    own.replaceChildren(el('h2', {}, t('operatorKeys')), el('p', { className: 'hint' }, t('operatorKeysHint')), keyList(keys, draw), el('div', { className: 'actions' }, more), given);
  }
  await draw();
  const form = el('form', { className: 'panel', onsubmit: add }, el('h2', {}, t('addSeller')), row, el('div', { className: 'actions' }, el('button', { className: 'primary' }, t('addSeller'))), fresh);
  place.append(el('h1', { className: 'visually-hidden' }, t('sellers')), form, list, gtins, own);
  return place;
}

function sellerPanel(seller, badges, redraw) {
  const fresh = el('div', { 'aria-live': 'polite' });
  const rights = select(RIGHTS.map(([right, label]) => [right, t(label)]), 'products', { 'aria-label': t('rights') });
  const known = [...new Set([...badges, ...seller.badges])];
  const boxes = known.map((badge) => {
    const box = el('input', { type: 'checkbox', value: badge, checked: seller.badges.includes(badge), onchange: (event) => grant(event.target) });
    return el('label', { className: 'check' }, box, badge);
  });

  async function grant(box) {
    const wanted = boxes.map((label) => label.firstChild).filter((each) => each.checked).map((each) => each.value);
    await busy(box, async () => {
      try {
        seller = { ...seller, ...(await send('PUT', `/operator/sellers/${seller.id}/badges`, { json: wanted })) };
        say(t('saved'));
      } catch (error) {
        box.checked = !box.checked;
        throw error;
      }
    });
  }
  const addKey = (event) =>
    busy(event.target, async () => {
      const made = await send('POST', `/operator/sellers/${seller.id}/keys`, { json: { rights: [rights.value] } });
      keys.append(...keyList([{ id: made.id, rights: [rights.value], made: Date.now() }], redraw).children);
      fresh.replaceChildren(secret(made.key, t('keyOf', { name: seller.name })));
    });
  const keys = keyList(seller.keys, redraw);
  const name = el('input', { value: seller.name, maxLength: 100, 'aria-label': t('sellerName'), className: 'heading' });
  const rename = async () => {
    if (name.value.trim() === seller.name) return;
    await busy(name, async () => {
      try {
        seller = { ...seller, ...(await send('PUT', `/operator/sellers/${seller.id}`, { json: { name: name.value.trim() } })) };
        say(t('saved'));
      } finally {
        name.value = seller.name;
      }
    });
  };
  name.addEventListener('change', rename);
  return el(
    'section',
    { className: 'panel', 'aria-label': seller.name },
    el('div', { className: 'head' }, name, el('span', { className: 'hint mono' }, seller.id)),
    el('fieldset', {}, el('legend', {}, t('badges')), boxes.length ? el('div', { className: 'checks' }, ...boxes) : el('p', { className: 'hint' }, t('noBadgesYet'))),
    el('h3', {}, t('keys')),
    keys,
    el('div', { className: 'actions' }, rights, button(t('newKey'), addKey)),
    fresh,
    quotaForm(seller),
  );
}

const MIB = 1024 * 1024;

/** What the seller may keep; an empty field is the catalog's own measure. */
function quotaForm(seller) {
  let set = seller.quota;
  const used = el('p', { className: 'hint' }, usageText(seller.usage));
  // The catalog's own measure is known where nothing else is set.
  const number = (given, own, unit) => el('input', { type: 'number', min: 0, step: 1, value: given === null ? '' : Math.floor(given / unit), placeholder: given === null ? Math.floor(own / unit) : '' });
  const products = field(t('mostProducts'), number(set.products, seller.usage.mostProducts, 1));
  const pictures = field(t('mostPictures'), number(set.pictureBytes, seller.usage.mostPictureBytes, MIB));
  // What nobody touched stays to the byte.
  const most = (row, given, unit) => {
    const text = row.control.value.trim();
    if (text === (given === null ? '' : String(Math.floor(given / unit)))) return given;
    return text === '' ? null : Number(text) * unit;
  };
  async function save(event) {
    event.preventDefault();
    await busy(event.submitter, async () => {
      try {
        const quota = { products: most(products, set.products, 1), pictureBytes: most(pictures, set.pictureBytes, MIB) };
        used.textContent = usageText(await send('PUT', `/operator/sellers/${seller.id}/quota`, { json: quota }));
        set = quota;
        say(t('saved'));
      } catch (error) {
        products.complain(error.message);
      }
    });
  }
  const form = el('form', { onsubmit: save, className: 'upload' }, el('div', { className: 'pair' }, products, pictures), el('div', { className: 'actions' }, el('button', {}, t('save'))));
  return el('fieldset', {}, el('legend', {}, t('quota')), used, el('p', { className: 'hint' }, t('quotaHint')), form);
}

function keyList(keys, redraw) {
  const days = new Intl.DateTimeFormat(language(), { dateStyle: 'medium' });
  const row = (key) => {
    const end = async (event) => {
      if (!(await confirm(t('endKeyTitle'), t('endKeyText'), t('endKey')))) return;
      await busy(event.target, async () => {
        await send('DELETE', `/operator/keys/${key.id}`);
        say(t('keyEnded'));
        await redraw();
      });
    };
    const told = key.rights.includes('products') ? key.rights.filter((right) => right !== 'stock') : key.rights;
    const rights = told.map((right) => t(RIGHTS.find(([name]) => name === right)[1])).join(', ');
    return el('li', {}, el('span', { className: 'mono' }, key.id), el('span', {}, rights), el('span', { className: 'hint' }, days.format(key.made)), button(t('endKey'), end, 'quiet'));
  };
  return el('ul', { className: 'keys' }, ...keys.map(row));
}

/** Takes a GTIN away from whoever squats on it, and keeps it for one seller or for whoever comes first. */
function gtinForm(sellers) {
  const number = field(t('gtin'), el('input', { required: true, inputMode: 'numeric', maxLength: 32, spellcheck: false, className: 'mono' }));
  const owner = field(t('gtinOwner'), select([['', t('gtinFirst')], ...sellers.map((seller) => [seller.id, seller.name])], ''));
  const told = el('p', { className: 'hint', 'aria-live': 'polite' });
  async function give(event) {
    event.preventDefault();
    number.complain(null);
    const gtin = digits(number.control.value);
    await busy(event.submitter, async () => {
      try {
        const { taken_from: product } = await send('PUT', `/operator/gtins/${encodeURIComponent(gtin)}`, { json: { seller: owner.control.value || null } });
        told.textContent = product ? t(product.withdrawn ? 'gtinWithdrawn' : 'gtinTaken', { name: product.name, seller: product.seller.name }) : t('gtinNobody');
        say(t('saved'));
      } catch (error) {
        number.complain(error.message);
      }
    });
  }
  return el('form', { className: 'panel', onsubmit: give }, el('h2', {}, t('gtinWhose')), el('p', { className: 'hint' }, t('gtinWhoseHint')), el('div', { className: 'pair' }, number, owner), el('div', { className: 'actions' }, el('button', {}, t('save'))), told);
}
