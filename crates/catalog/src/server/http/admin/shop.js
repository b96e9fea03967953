// The catalog itself, for its operator: name, hosts, rules, layouts, badges, packs, signing key.

import { blob, manifest, picture, send } from '/admin/api.js';
import { busy, button, confirm, dropzone, el, field, say } from '/admin/dom.js';
import { cardPreview } from '/admin/product.js';
import { t } from '/admin/words.js';

const ID = '[a-z0-9_\\-]{1,64}';

export async function catalogView() {
  const place = el('section', {});
  const redraw = async () => {
    const now = await manifest();
    place.replaceChildren(
      el('h1', { className: 'visually-hidden' }, t('catalog')),
      namePanel(now),
      el('div', { className: 'columns even' }, hostsPanel(now, redraw), badgesPanel(now, redraw)),
      layoutsPanel(now, redraw),
      el('div', { className: 'columns even' }, rulesPanel(now, redraw), el('div', {}, packsPanel(now, redraw), keyPanel(now, redraw))),
    );
  };
  await redraw();
  return place;
}

/** A form of one panel: what goes wrong stands at `row`. */
function panel(title, hint, row, label, work, ...more) {
  const submit = (event) => {
    event.preventDefault();
    busy(event.submitter ?? event.target, async () => {
      try {
        await work();
        say(t('saved'));
      } catch (error) {
        row.complain(error.message);
      }
    });
  };
  return el('form', { className: 'panel', onsubmit: submit }, title && el('h2', {}, title), hint && el('p', { className: 'hint' }, hint), row, el('div', { className: 'actions' }, el('button', { className: 'primary' }, label)), ...more);
}

function namePanel(now) {
  const row = field(t('catalogName'), el('input', { value: now.name, maxLength: 100, required: true }));
  return panel(null, null, row, t('save'), async () => {
    await send('PUT', '/operator/name', { json: { name: row.control.value.trim() } });
    for (const shown of document.querySelectorAll('header .name')) shown.textContent = row.control.value.trim();
  });
}

function hostsPanel(now) {
  const row = field(t('hosts'), el('textarea', { rows: 5, spellcheck: false, className: 'mono', value: now.hosts.join('\n'), placeholder: 'shop.example\n.shop.example' }), t('hostsHint'));
  return panel(null, null, row, t('save'), () => {
    const hosts = row.control.value.split('\n').map((line) => line.trim()).filter(Boolean);
    return send('PUT', '/operator/hosts', { json: hosts });
  });
}

/** What has a name and bytes: a line each, with its removal. */
function named(entries, kind, redraw, drawn = () => null, ...more) {
  const row = ([id, hash]) => {
    const end = async (event) => {
      if (!(await confirm(t('removeTitle', { name: id }), t(`remove_${kind}`), t('remove')))) return;
      await busy(event.target, async () => {
        await send('DELETE', `/operator/${kind}/${id}`);
        await redraw();
      });
    };
    return el('li', {}, drawn(hash), el('span', { className: 'mono' }, id), ...more.map((make) => make(id, hash)), button(t('remove'), end, 'quiet', { 'aria-label': `${t('remove')} ${id}` }));
  };
  return entries.length ? el('ul', { className: 'keys' }, ...entries.map(row)) : el('p', { className: 'hint' }, t(`none_${kind}`));
}

/** An id and a file for it. */
function upload(kind, accept, hint, redraw, type) {
  const id = field(t('idLabel'), el('input', { pattern: ID, maxLength: 64, spellcheck: false, className: 'mono' }), t('idHint'));
  const take = async ([file]) => {
    const name = id.control.value.trim() || file.name.replace(/\.[^.]*$/, '').toLowerCase().replaceAll(/[^a-z0-9_-]+/g, '-');
    id.control.value = name;
    try {
      await send('PUT', `/operator/${kind}/${encodeURIComponent(name)}`, { body: file, type });
      say(t('saved'));
      await redraw();
    } catch (error) {
      id.complain(error.message);
    }
  };
  return el('div', { className: 'upload' }, id, dropzone(t('chooseFile'), hint, accept, take));
}

function badgesPanel(now, redraw) {
  const list = named(Object.entries(now.badges ?? {}), 'badges', redraw, (hash) => el('img', { className: 'badge', src: blob(hash), alt: '' }));
  return el('section', { className: 'panel' }, el('h2', {}, t('badges')), el('p', { className: 'hint' }, t('badgesHint')), list, upload('badges', 'image/png,image/webp', t('badgeFile'), redraw, 'image/png'));
}

function packsPanel(now, redraw) {
  const list = named(Object.entries(now.packs ?? {}), 'packs', redraw);
  return el('section', { className: 'panel' }, el('h2', {}, t('packs')), el('p', { className: 'hint' }, t('packsHint')), list, upload('packs', '', t('packFile'), redraw, 'application/octet-stream'));
}

function layoutsPanel(now, redraw) {
  const id = el('input', { pattern: ID, maxLength: 64, required: true, spellcheck: false, className: 'mono' });
  const text = el('textarea', { rows: 16, spellcheck: false, className: 'mono', required: true, oninput: () => preview.draw() });
  const idRow = field(t('idLabel'), id, t('layoutIdHint'));
  const row = field(t('layoutText'), text, t('layoutHint'));
  const preview = cardPreview(
    () => text.value.trim(),
    async (look, signal) => {
      try {
        const drawn = await picture('POST', `/operator/layout-preview?${look}`, { body: text.value, type: 'text/html', signal });
        row.complain(null);
        return drawn;
      } catch (error) {
        if (error.code === 'layout' || error.code === 'card') row.complain(error.message);
        throw error;
      }
    },
  );
  const open = (name, hash) =>
    button(t('edit'), (event) => busy(event.target, async () => {
      text.value = await (await fetch(blob(hash))).text();
      id.value = name;
      preview.draw();
      text.focus();
    }), 'quiet', { 'aria-label': `${t('edit')} ${name}` });
  const take = async ([file]) => {
    text.value = await file.text();
    id.value ||= file.name.replace(/\.[^.]*$/, '').toLowerCase();
    preview.draw();
  };
  const form = panel(t('layouts'), t('layoutsHint'), row, t('publish'), async () => {
    await send('PUT', `/operator/layouts/${encodeURIComponent(id.value.trim())}`, { body: text.value, type: 'text/html' });
    await redraw();
  });
  row.before(named(Object.entries(now.layouts), 'layouts', redraw, () => null, open), idRow, dropzone(t('chooseFile'), t('layoutFile'), '.html,text/html', take));
  return el('div', { className: 'columns' }, form, preview.place);
}

function rulesPanel(now, redraw) {
  const list = named(now.rules.map((rule) => [rule.id, rule]), 'rules', redraw, () => null, (_, rule) => el('span', { className: 'hint mono' }, rule.host), (_, rule) => button(t('edit'), () => fill(rule), 'quiet', { 'aria-label': `${t('edit')} ${rule.id}` }));
  const control = (name, props = {}) => el('input', { name, spellcheck: false, className: 'mono', ...props });
  const rows = {
    id: field(t('idLabel'), control('id', { pattern: ID, required: true })),
    host: field(t('ruleHost'), control('host', { required: true, placeholder: 'shop.example' })),
    path: field(t('rulePath'), control('path', { placeholder: '^/p/(?P<code>[^/]+)$' }), t('rulePathHint')),
    param: field(t('ruleParam'), control('param', { placeholder: 'sku' }), t('ruleParamHint')),
    value: field(t('ruleValue'), control('value', { placeholder: '^(.+)$' })),
    samples: field(t('ruleSamples'), el('textarea', { rows: 3, spellcheck: false, className: 'mono', placeholder: 'https://shop.example/p/honey-500' }), t('ruleSamplesHint')),
  };
  const gs1 = el('input', { type: 'checkbox' });
  const read = (name) => rows[name].control.value.trim();
  function fill(rule) {
    for (const name of ['id', 'host', 'path']) rows[name].control.value = rule[name] ?? '';
    rows.param.control.value = rule.param?.name ?? '';
    rows.value.control.value = rule.param?.value ?? '';
    rows.samples.control.value = (rule.samples ?? []).join('\n');
    gs1.checked = Boolean(rule.gs1);
    rows.id.control.focus();
  }
  const form = panel(t('rules'), t('rulesHint'), rows.samples, t('saveRule'), async () => {
    const rule = { id: read('id'), host: read('host'), samples: read('samples').split('\n').map((line) => line.trim()).filter(Boolean) };
    if (read('path')) rule.path = read('path');
    if (read('param')) rule.param = { name: read('param'), value: read('value') || '^(.+)$' };
    if (gs1.checked) rule.gs1 = true;
    await send('PUT', `/operator/rules/${encodeURIComponent(rule.id)}`, { json: rule });
    await redraw();
  });
  rows.samples.before(list, el('div', { className: 'pair' }, rows.id, rows.host), rows.path, el('div', { className: 'pair' }, rows.param, rows.value), el('label', { className: 'check' }, gs1, t('ruleGs1')));
  return form;
}

function keyPanel(now, redraw) {
  const rotate = async (event) => {
    if (!(await confirm(t('rotateTitle'), t('rotateText'), t('rotate')))) return;
    await busy(event.target, async () => {
      await send('POST', '/operator/rotate-key');
      say(t('rotated'));
      await redraw();
    });
  };
  const count = now.successions?.length ?? 0;
  return el('section', { className: 'panel' }, el('h2', {}, t('signingKey')), el('p', { className: 'mono wrap' }, now.key), el('p', { className: 'hint' }, t('signingKeyHint')), count ? el('p', { className: 'hint' }, t('rotations', { n: count })) : null, el('div', { className: 'actions' }, button(t('rotate'), rotate, 'danger')));
}
