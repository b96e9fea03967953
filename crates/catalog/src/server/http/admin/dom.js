// Elements, and the few things made of them that every view uses. Text goes in as text, never as markup.

import { language, t } from '/admin/words.js';

/** An element: attributes, `on…` listeners and properties by name; children are elements or text. */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== 'list' && name !== 'form') element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

let said;
/** A word for everybody, screen readers included; gone after a while. */
export function say(text, bad = false) {
  const place = document.getElementById('said');
  clearTimeout(said);
  place.replaceChildren(el('p', { className: bad ? 'bad' : '' }, text));
  said = setTimeout(() => place.replaceChildren(), 6000);
}

export const button = (label, onclick, className = '', props = {}) => el('button', { type: 'button', className, onclick, ...props }, label);

/** Runs `work` with the button held down; what goes wrong is said. */
export async function busy(control, work) {
  const bar = control.closest('form, section, dialog, tr') ?? control;
  control.disabled = true;
  bar.setAttribute('aria-busy', 'true');
  try {
    return await work();
  } catch (error) {
    say(error.message, true);
  } finally {
    control.disabled = false;
    bar.removeAttribute('aria-busy');
  }
}

let fields = 0;
/** A control with its label, a hint and a place for what is wrong with it. */
export function field(label, control, hint) {
  const id = control.id || `field-${++fields}`;
  control.id = id;
  const wrong = el('p', { className: 'wrong', id: `${id}-wrong`, hidden: true });
  const described = [`${id}-wrong`];
  const parts = [el('label', { htmlFor: id }, label), control];
  if (hint) {
    parts.push(el('p', { className: 'hint', id: `${id}-hint` }, hint));
    described.push(`${id}-hint`);
  }
  control.setAttribute('aria-describedby', described.join(' '));
  const row = el('div', { className: 'field' }, ...parts, wrong);
  row.control = control;
  row.complain = (message) => {
    wrong.textContent = message ?? '';
    wrong.hidden = !message;
    if (message) control.setAttribute('aria-invalid', 'true');
    else control.removeAttribute('aria-invalid');
  };
  control.addEventListener('input', () => row.complain(null));
  return row;
}

export function select(options, value, props = {}) {
  const made = el('select', props, ...options.map(([key, label]) => el('option', { value: key }, label)));
  made.value = value;
  return made;
}

/** Asks before something that cannot be undone; resolves to whether it is wanted. */
export function confirm(title, text, action) {
  return new Promise((resolve) => {
    const close = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const dialog = el(
      'dialog',
      { 'aria-labelledby': 'dialog-title', oncancel: (event) => (event.preventDefault(), close(false)) },
      el('h2', { id: 'dialog-title' }, title),
      el('p', {}, text),
      el('div', { className: 'actions end' }, button(t('cancel'), () => close(false), '', { autofocus: true }), button(action, () => close(true), 'danger')),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A place for files: by button, by drop. */
export function dropzone(label, hint, accept, take, multiple = false) {
  const input = el('input', { type: 'file', accept, multiple, className: 'visually-hidden', onchange: () => given(input.files) });
  const given = (files) => {
    if (files.length) take([...files]);
    input.value = '';
  };
  const zone = el('label', { className: 'drop' }, input, el('span', { className: 'button' }, label), el('span', { className: 'hint' }, hint));
  zone.addEventListener('dragover', (event) => (event.preventDefault(), zone.classList.add('over')));
  zone.addEventListener('dragleave', () => zone.classList.remove('over'));
  zone.addEventListener('drop', (event) => (event.preventDefault(), zone.classList.remove('over'), given(event.dataTransfer.files)));
  return zone;
}

/** An empty place that says what belongs there and how it gets there. */
export const empty = (title, text, ...actions) =>
  el('div', { className: 'empty' }, el('h2', {}, title), el('p', {}, text), actions.length ? el('div', { className: 'actions' }, ...actions) : null);

/** What a seller keeps of what they may keep. */
export function usageText(usage) {
  const count = new Intl.NumberFormat(language());
  const size = new Intl.NumberFormat(language(), { maximumFractionDigits: 1 });
  const mib = (bytes) => size.format(bytes / 1024 / 1024);
  return t('usage', { n: count.format(usage.products), most: count.format(usage.mostProducts), used: mib(usage.pictureBytes), room: mib(usage.mostPictureBytes) });
}

/** A key that is shown this once. */
export function secret(text, label) {
  const shown = el('input', { type: 'text', readOnly: true, value: text, className: 'mono', 'aria-label': label, onfocus: () => shown.select() });
  const copy = button(t('copy'), async () => {
    shown.select();
    try {
      await navigator.clipboard.writeText(text);
      say(t('copied'));
    } catch {
      say(t('copyByHand'), true);
    }
  }, 'primary');
  return el('div', { className: 'secret', role: 'group' }, el('strong', {}, label), el('p', { className: 'hint' }, t('keyOnce')), el('div', { className: 'joined' }, shown, copy));
}

/** Runs `work` once the calls have stopped for a moment. */
export function settled(work, wait = 350) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...args), wait);
  };
}

/** A number as it is printed, without the spaces and hyphens between its digits. */
export const digits = (text) => text.replaceAll(/[\s-]/g, '');
