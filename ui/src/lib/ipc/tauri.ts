import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Change } from './generated';
import type { Connection, Start, Transport, Verb } from './transport';

export const insideTauri = '__TAURI_INTERNALS__' in globalThis;

/** The desktop window: commands and events inside one process. */
export const tauri: Transport = {
  native: true,
  invoke: (verb: Verb, args: unknown) => invoke('invoke', { command: { verb, args } }),
  listen(change: (change: Change) => void, connection: (state: Connection) => void) {
    void listen<Change>('change', (event) => change(event.payload)).then(() => connection('connected'));
  },
  mediaUrl: (id) => `media://localhost/${encodeURIComponent(id)}`,
  pickPictures: () => invoke<string[]>('pick_pictures'),
  pickFolder: () => invoke<string | null>('pick_folder'),
  onDrop(dropped) {
    void listen<string[]>('dropped', (event) => dropped(event.payload));
  },
  async upload(files) {
    const paths: string[] = [];
    for (const file of files) {
      const headers = { name: encodeURIComponent(file.name) };
      paths.push(await invoke<string>('upload', new Uint8Array(await file.arrayBuffer()), { headers }));
    }
    return paths;
  },
  original: () => Promise.reject(new Error('the window saves into a folder')),
  async saveAs(bytes, name) {
    const headers = { name: encodeURIComponent(name) };
    return invoke<boolean>('save_as', new Uint8Array(await bytes.arrayBuffer()), { headers });
  },
  feed: () => Promise.reject(new Error('the window saves into a folder')),
  link: () => Promise.resolve(null),
  expectCamera: () => invoke('expect_camera'),
  start: () => invoke<Start>('start'),
};
