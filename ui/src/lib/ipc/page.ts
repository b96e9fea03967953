import type { Transport } from './transport';

/** What no browser's page can do: it gets no paths of its machine, and its browser saves and asks by itself. */
export const page = {
  native: false,
  pickPictures: () => Promise.resolve([]),
  pickFolder: () => Promise.resolve(null),
  onDrop() {},
  saveAs: () => Promise.reject(new Error('a browser downloads')),
  expectCamera: () => Promise.resolve(),
  start: () => Promise.resolve({ invite: null, open: null }),
} satisfies Partial<Transport>;
