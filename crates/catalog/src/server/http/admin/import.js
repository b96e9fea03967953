// Feeds in, with a rehearsal first, and out.

import { download, send } from '/admin/api.js';
import { busy, button, dropzone, el, field, say, select } from '/admin/dom.js';
import { t } from '/admin/words.js';

const FORMATS = [['csv', 'CSV'], ['tsv', 'TSV'], ['xml', 'XML (RSS, Google Merchant)'], ['json', 'JSON'], ['jsonld', 'JSON-LD (schema.org)']];
const ENDINGS = '.csv,.tsv,.txt,.xml,.rss,.json,.jsonld,.ndjson,.html';

export function transferView() {
  return el('section', {}, el('h1', { className: 'visually-hidden' }, t('transfer')), el('div', { className: 'columns even' }, importPanel(), exportPanel()));
}

function importPanel() {
  let file;
  const report = el('div', { 'aria-live': 'polite' });
  const chosen = el('p', { className: 'hint' }, t('nothingChosen'));
  const format = field(t('format'), select([['', t('formatGuessed')], ...FORMATS], ''));
  const currency = field(t('currency'), el('input', { maxLength: 3, placeholder: 'EUR', className: 'tiny' }), t('importCurrencyHint'));
  const check = button(t('checkFirst'), (event) => run(true, event.target), 'primary', { disabled: true });
  const keep = button(t('importNow'), (event) => run(false, event.target), '', { disabled: true });

  function take([given]) {
    file = given;
    chosen.textContent = `${file.name} · ${(file.size / 1024 / 1024).toFixed(2)} MiB`;
    check.disabled = false;
    keep.disabled = true;
    report.replaceChildren();
  }

  async function run(dryRun, control) {
    const question = new URLSearchParams({ dry_run: dryRun });
    if (format.control.value || formatOf(file.name)) question.set('format', format.control.value || formatOf(file.name));
    if (currency.control.value.trim()) question.set('currency', currency.control.value.trim().toUpperCase());
    report.replaceChildren(el('p', { className: 'waiting' }, dryRun ? t('checking') : t('importing')));
    try {
      control.disabled = true;
      const told = await send('POST', `/import?${question}`, { body: file, type: file.type || 'text/plain' });
      report.replaceChildren(...reported(told));
      keep.disabled = !dryRun || told.added + told.changed === 0;
      if (!dryRun) say(t('imported'));
    } catch (error) {
      report.replaceChildren(el('p', { className: 'wrong', role: 'alert' }, error.message));
    } finally {
      control.disabled = !dryRun;
    }
  }
  return el('section', { className: 'panel' }, el('h2', {}, t('importFeed')), el('p', { className: 'hint' }, t('importHelp')), dropzone(t('chooseFile'), t('dropFeed'), ENDINGS, take), chosen, el('div', { className: 'pair' }, format, currency), el('div', { className: 'actions' }, check, keep), report);
}

/** By the name; what it does not tell, the catalog tells from how the feed begins. */
function formatOf(name) {
  const ending = name.split('.').pop().toLowerCase();
  return { csv: 'csv', tsv: 'tsv', xml: 'xml', rss: 'xml', jsonld: 'jsonld', html: 'jsonld' }[ending];
}

function reported(told) {
  const counts = ['added', 'changed', 'unchanged', 'refused'].map((name) => el('div', { className: name === 'refused' && told.refused ? 'bad' : '' }, el('dt', {}, t(`count_${name}`)), el('dd', {}, String(told[name]))));
  const parts = [el('h3', {}, told.dry_run ? t('wouldBe') : t('done')), el('dl', { className: 'counts' }, ...counts)];
  if (told.unpublished) parts.push(el('p', { className: 'hint' }, t('unpublished', { n: told.unpublished })));
  if (told.unused?.length) parts.push(el('p', { className: 'hint' }, t('unused', { names: told.unused.join(', ') })));
  if (told.errors.length) {
    const rows = told.errors.map((error) => el('tr', {}, el('td', { className: 'number' }, String(error.row)), el('td', { className: 'mono' }, error.field ?? ''), el('td', {}, error.message)));
    const head = el('thead', {}, el('tr', {}, ...['line', 'fieldName', 'problem'].map((name) => el('th', { scope: 'col' }, t(name)))));
    parts.push(el('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': t('problems') }, el('table', {}, el('caption', { className: 'visually-hidden' }, t('problems')), head, el('tbody', {}, ...rows))));
  }
  return parts;
}

function exportPanel() {
  const format = field(t('format'), select(FORMATS, 'csv'), t('exportHint'));
  const fetchIt = (event) =>
    busy(event.target, async () => {
      const kind = format.control.value;
      const feed = URL.createObjectURL(await download(`/export?format=${kind}`));
      el('a', { href: feed, download: `products.${kind}` }).click();
      setTimeout(() => URL.revokeObjectURL(feed), 60000);
    });
  return el('section', { className: 'panel' }, el('h2', {}, t('export')), el('p', { className: 'hint' }, t('exportHelp')), format, el('div', { className: 'actions' }, button(t('exportNow'), fetchIt, 'primary')));
}
