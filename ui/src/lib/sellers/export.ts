import { call, feed, pictures, type FeedFormat, type Shop } from '$lib/ipc';
import { download, m, toasts } from '$lib/shared';

const ENDINGS: Record<FeedFormat, string> = { csv: 'csv', tsv: 'tsv', xml: 'xml', json_ld: 'jsonld' };

/** Saves a shop's products as a feed: into a folder in the window, as a download in a browser. */
export async function exportFeed(shop: Shop, format: FeedFormat): Promise<void> {
  try {
    const name = `${plain(shop.catalog)} ${stamp(new Date())}.${ENDINGS[format]}`;
    if (!pictures.native) {
      download(await feed(shop.url, format), name);
      toasts.say(m.sellers_exported({ name }));
      return;
    }
    const folder = await pictures.pickFolder();
    if (folder === null) return;
    const path = `${folder.replace(/\/+$/, '')}/${name}`;
    await call('seller.export', { url: shop.url, format, path });
    toasts.say(m.sellers_exported({ name: path }));
  } catch (reason) {
    toasts.failed(reason);
  }
}

function plain(name: string): string {
  return [...name.replace(/[^\p{L}\p{N} ._-]+/gu, ' ').trim()].slice(0, 40).join('') || 'products';
}

/** To the second, so that an earlier export is never in the way. */
function stamp(now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${String(now.getFullYear())}-${two(now.getMonth() + 1)}-${two(now.getDate())} ${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}
