// /openapi.json as a page. Everything it shows goes in as text.

import { el } from '/admin/dom.js';

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];
const place = document.getElementById('docs');

function typeOf(schema) {
  if (!schema) return '';
  if (schema.$ref) return schema.$ref.split('/').pop();
  if (schema.oneOf || schema.anyOf) return (schema.oneOf ?? schema.anyOf).map(typeOf).join(' or ');
  if (schema.allOf) return schema.allOf.map(typeOf).join(' and ');
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  const types = [schema.type].flat().filter(Boolean);
  return types.map((type) => (type === 'array' ? `list of ${typeOf(schema.items) || 'anything'}` : type)).join(' or ');
}

function table(names, rows) {
  const head = el('thead', {}, el('tr', {}, ...names.map((name) => el('th', { scope: 'col' }, name))));
  return el('div', { className: 'scroll' }, el('table', {}, head, el('tbody', {}, ...rows.map((cells) => el('tr', {}, ...cells.map((cell, at) => el('td', { className: at ? '' : 'mono' }, cell)))))));
}

const content = (holder) => Object.entries(holder?.content ?? {}).map(([media, { schema }]) => [media, typeOf(schema)].filter(Boolean).join(': ')).join(', ');

function operation(path, method, described) {
  const parts = [described.description && el('p', {}, described.description)];
  const parameters = (described.parameters ?? []).map(({ name, in: where, required, schema, description = '' }) => [name, where, `${typeOf(schema)}${required ? '' : ', optional'}`, description]);
  if (described.security?.length) parts.push(el('p', { className: 'hint' }, 'Authorization: Bearer stoa_…'));
  if (parameters.length) parts.push(el('h3', {}, 'Parameters'), table(['Name', 'In', 'Type', ''], parameters));
  if (described.requestBody) parts.push(el('h3', {}, 'Body'), el('p', {}, [content(described.requestBody), described.requestBody.description].filter(Boolean).join('. ')));
  const answers = Object.entries(described.responses ?? {}).map(([status, answer]) => [status, answer.description ?? '', content(answer)]);
  parts.push(el('h3', {}, 'Answers'), table(['Status', '', 'Content'], answers));
  const summary = el('summary', {}, el('span', { className: `method ${method}` }, method), el('span', { className: 'path' }, path), el('span', { className: 'hint' }, described.summary ?? ''));
  return el('details', { id: described.operationId }, summary, el('div', { className: 'body' }, ...parts));
}

function shape(name, schema) {
  const required = new Set(schema.required ?? []);
  const own = schema.allOf ? Object.assign({}, ...schema.allOf.map((part) => part.properties ?? {})) : schema.properties;
  const rows = Object.entries(own ?? {}).map(([field, of]) => [field, `${typeOf(of)}${required.has(field) ? '' : ', optional'}`, of.description ?? '']);
  const body = rows.length ? table(['Field', 'Type', ''], rows) : el('p', {}, typeOf(schema));
  return el('details', { id: `type-${name}` }, el('summary', {}, el('span', { className: 'path' }, name), el('span', { className: 'hint' }, schema.description ?? '')), el('div', { className: 'body' }, body));
}

function draw(document_) {
  const operations = Object.entries(document_.paths).flatMap(([path, item]) => METHODS.filter((method) => item[method]).map((method) => [path, method, item[method]]));
  const parts = [el('h1', {}, document_.info.title), el('p', {}, document_.info.description ?? ''), el('p', { className: 'tags' }, el('a', { href: '/openapi.json' }, '/openapi.json'), el('a', { href: '/admin' }, '/admin'))];
  for (const { name, description } of document_.tags ?? []) {
    const own = operations.filter(([, , described]) => described.tags?.includes(name));
    parts.push(el('section', { className: 'list', 'aria-label': name }, el('h2', {}, description ?? name), ...own.map((each) => operation(...each))));
  }
  const shapes = Object.entries(document_.components?.schemas ?? {}).sort(([a], [b]) => a.localeCompare(b));
  parts.push(el('section', { className: 'list', 'aria-label': 'Types' }, el('h2', {}, 'Types'), ...shapes.map((each) => shape(...each))));
  place.replaceChildren(el('section', {}, ...parts));
  document.title = document_.info.title;
}

try {
  draw(await (await fetch('/openapi.json')).json());
} catch (error) {
  place.replaceChildren(el('p', { className: 'wrong', role: 'alert' }, error.message));
}
