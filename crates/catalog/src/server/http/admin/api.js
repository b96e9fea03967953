// The catalog's HTTP, and the key it is asked with. The key lives as long as this tab.

import { t, told } from '/admin/words.js';

const KEPT = 'stoa-catalog-key';

export const key = {
  get: () => sessionStorage.getItem(KEPT),
  set: (text) => sessionStorage.setItem(KEPT, text),
  forget: () => sessionStorage.removeItem(KEPT),
};

export class ApiError extends Error {
  constructor(status, code, message, field) {
    super(message);
    Object.assign(this, { status, code, field });
  }
}

async function ask(method, path, { json, body, type, headers = {}, signal } = {}) {
  const sent = { ...headers };
  if (key.get()) sent.authorization = `Bearer ${key.get()}`;
  if (json !== undefined) sent['content-type'] = 'application/json';
  else if (type) sent['content-type'] = type;
  let answer;
  try {
    answer = await fetch(path, { method, headers: sent, body: json === undefined ? body : JSON.stringify(json), signal, cache: 'no-cache' });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, 'away', t('away'));
  }
  if (answer.ok) return answer;
  const { error } = await answer.json().catch(() => ({}));
  const code = error?.code ?? 'status';
  throw new ApiError(answer.status, code, told(`code_${code}`) ?? error?.message ?? `${answer.status}`, error?.field);
}

export const get = async (path, options) => (await ask('GET', path, options)).json();
export const send = async (method, path, options) => (await ask(method, path, options)).json();
export const picture = async (method, path, options) => URL.createObjectURL(await (await ask(method, path, options)).blob());
export const download = async (path) => (await ask('GET', path)).blob();

/** What the catalog says of itself; its signature is for clients that do not trust the connection. */
export const manifest = async () => JSON.parse((await get('/manifest')).payload);

export const product = (code) => `/products/${encodeURIComponent(code)}`;
export const blob = (hash) => `/blobs/${hash}`;
