// The operator's sellers: who they are, their badges, their keys.

import { get, manifest, send } from '/admin/api.js';
import { busy, button, confirm, el, empty, field, say, secret, select, usageText } from '/admin/dom.js';
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
  const own = el('section', { className: 'panel' });
  async function draw() {
    const [{ sellers, keys }, { badges }] = await Promise.all([get('/operator/sellers'), manifest()]);
    const shown = sellers.map((seller) => sellerPanel(seller, Object.keys(badges ?? {}), draw));
    list.replaceChildren(...(shown.length ? shown : [empty(t('noSellers'), t('noSellersHelp'))]));
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
  place.append(el('h1', { className: 'visually-hidden' }, t('sellers')), form, list, own);
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

/** What the seller may keep; an empty field is the catalog's own measure. */
function quotaForm(seller) {
  const used = el('p', { className: 'hint' }, usageText(seller.usage));
  const number = (placeholder) => el('input', { type: 'number', min: 0, step: 1, placeholder });
  const products = field(t('mostProducts'), number(seller.usage.mostProducts));
  const pictures = field(t('mostPictures'), number(Math.floor(seller.usage.mostPictureBytes / 1024 / 1024)));
  const most = (row, unit) => (row.control.value.trim() === '' ? null : Number(row.control.value) * unit);
  async function save(event) {
    event.preventDefault();
    await busy(event.submitter, async () => {
      try {
        const quota = { products: most(products, 1), pictureBytes: most(pictures, 1024 * 1024) };
        used.textContent = usageText(await send('PUT', `/operator/sellers/${seller.id}/quota`, { json: quota }));
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
