import { pictures } from '$lib/ipc';
import { m } from '$lib/paraglide/messages';
import { toasts } from './toasts.svelte';

/** Pictures on their way in: paths the node can read, or a browser's files that go through upload. */
export type Chosen = { paths: string[] } | { files: File[]; folder: string | null };

const MOST = 2_000;
const PICTURE = /\.(jpe?g|png|webp|gif|bmp|tiff?|heic|avif)$/i;

const takers: symbol[] = [];

/**
 * Takes pictures that are dropped or pasted anywhere in the window; of several takers only the one that came last, as
 * a dialog over a conversation. Files that do not fit are left out; paths come as they were dropped. Returns the way to stop.
 */
export function incoming(chosen: (what: Chosen) => void, over: (is: boolean) => void, fits: (file: File) => boolean = isPicture): () => void {
  const ears = new AbortController();
  const { signal } = ears;
  const taker = Symbol('taker');
  takers.push(taker);
  const mine = () => takers.at(-1) === taker;
  let depth = 0;
  const ended = () => {
    depth = 0;
    over(false);
  };
  const listen = <K extends keyof WindowEventMap>(name: K, heard: (event: WindowEventMap[K]) => void) =>
    window.addEventListener(name, (event) => mine() && heard(event), { signal });

  listen('dragenter', (event) => {
    if (!hasFiles(event.dataTransfer)) return;
    event.preventDefault();
    depth++;
    over(true);
  });
  listen('dragover', (event) => {
    if (hasFiles(event.dataTransfer)) event.preventDefault();
  });
  listen('dragleave', () => {
    depth--;
    if (depth <= 0) ended();
  });
  listen('drop', (event) => {
    if (!hasFiles(event.dataTransfer)) return;
    event.preventDefault();
    ended();
    // Inside Tauri the shell tells the paths of the same drop.
    if (!pictures.native && event.dataTransfer) void dropped(event.dataTransfer, fits).then((what) => what && chosen(what));
  });
  listen('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter(fits);
    if (files.length === 0) return;
    event.preventDefault();
    chosen({ files: files.slice(0, MOST), folder: null });
  });
  const stopPaths = pictures.onDrop((paths) => {
    if (!mine()) return;
    ended();
    if (paths.length > 0) chosen({ paths });
  });
  return () => {
    takers.splice(takers.indexOf(taker), 1);
    ears.abort();
    stopPaths();
    over(false);
  };
}

/** Lets the owner pick; null when they changed their mind. */
incoming.choose = async (how: 'pictures' | 'folder'): Promise<Chosen | null> => {
  if (!pictures.native) return chooseFiles(how);
  try {
    if (how === 'folder') {
      const folder = await pictures.pickFolder();
      return folder === null ? null : { paths: [folder] };
    }
    const paths = await pictures.pick();
    return paths.length > 0 ? { paths } : null;
  } catch (reason) {
    toasts.failed(reason);
    return null;
  }
};

function chooseFiles(how: 'pictures' | 'folder'): Promise<Chosen | null> {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  if (how === 'folder') input.webkitdirectory = true;
  else input.accept = 'image/*';
  return new Promise((resolve) => {
    input.addEventListener('cancel', () => resolve(null));
    input.addEventListener('change', () => {
      const files = [...(input.files ?? [])];
      const folder = how === 'folder' ? (files[0]?.webkitRelativePath.split('/')[0] ?? null) : null;
      resolve(fit(files, folder));
    });
    input.click();
  });
}

async function dropped(data: DataTransfer, fits: (file: File) => boolean): Promise<Chosen | null> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const loose = [...data.files];
  const folders = entries.filter((entry) => entry.isDirectory);
  if (folders.length === 0) return fit(loose, null, fits);
  const files: File[] = [];
  for (const entry of entries) await walk(entry, files);
  return fit(files, entries.length === 1 ? (folders[0]?.name ?? null) : null, fits);
}

async function walk(entry: FileSystemEntry, into: File[]): Promise<void> {
  if (into.length >= MOST) return;
  if (entry.isFile) {
    into.push(await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)));
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader gives at most a hundred entries at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const each of some) await walk(each, into);
  }
}

function fit(files: File[], folder: string | null, fits = isPicture): Chosen | null {
  const fitting = files.filter(fits).slice(0, MOST);
  if (fitting.length > 0) return { files: fitting, folder };
  if (files.length > 0) toasts.say(m.photos_no_pictures());
  return null;
}

function isPicture(file: File): boolean {
  return file.type.startsWith('image/') || PICTURE.test(file.name);
}

function hasFiles(data: DataTransfer | null): boolean {
  return data?.types.includes('Files') ?? false;
}
