import { call, pictures, type ShareItem } from '$lib/ipc';
import { download, m, toasts } from '$lib/shared';

/** Saves pictures as they were shared: into a folder in the window, as downloads in a browser. False when nothing was saved. */
export async function saveOriginals(share: string, items: readonly ShareItem[]): Promise<boolean> {
  try {
    if (pictures.native) return await intoFolder(share, items);
    for (const item of items) download(await pictures.original(share, item.index), item.name);
    toasts.say(m.photos_downloaded({ count: items.length }));
    return true;
  } catch (reason) {
    toasts.failed(reason);
    return false;
  }
}

async function intoFolder(share: string, items: readonly ShareItem[]): Promise<boolean> {
  const folder = await pictures.pickFolder();
  if (folder === null) return false;
  const only = items.map((item) => item.index);
  const { files } = await call('share.save', { share, only, into: folder });
  toasts.say(m.photos_saved({ count: files.length, folder }));
  return true;
}
