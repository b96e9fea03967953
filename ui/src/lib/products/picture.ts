import { pictures, type Card } from '$lib/ipc';
import { bytesOf, download, m, toasts } from '$lib/shared';

/** What a reader can do with a card. Each says what came of it. */
export const keep = {
  async link(card: Pick<Card, 'link'>): Promise<void> {
    try {
      await navigator.clipboard.writeText(card.link);
      toasts.say(m.shared_copied());
    } catch {
      toasts.say(m.products_copy_failed());
    }
  },

  async picture(card: Card): Promise<void> {
    try {
      // The promise goes in whole: WebKit takes what is written only while the click lasts.
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': png(card) })]);
      toasts.say(m.products_picture_copied());
    } catch {
      toasts.say(m.products_picture_copy_failed());
    }
  },

  async file(card: Card): Promise<void> {
    try {
      const name = `${nameOf(card.title)}.png`;
      const bytes = await png(card);
      if (!pictures.native) download(bytes, name);
      else if (!(await pictures.saveAs(bytes, name))) return;
      toasts.say(m.products_saved());
    } catch (reason) {
      toasts.failed(reason);
    }
  },

  open(card: Pick<Card, 'link'>): void {
    window.open(card.link, '_blank', 'noopener,noreferrer');
  },
};

/** As PNG: clipboards and other programs read it everywhere. */
async function png(card: Card): Promise<Blob> {
  const picture = await createImageBitmap(await bytesOf(card.picture));
  const canvas = document.createElement('canvas');
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext('2d')?.drawImage(picture, 0, 0);
  return new Promise((resolve, reject) =>
    canvas.toBlob((bytes) => (bytes ? resolve(bytes) : reject(new Error('the picture could not be written'))), 'image/png'),
  );
}

function nameOf(title: string): string {
  const plain = title.replace(/[^\p{L}\p{N} ._-]+/gu, ' ').trim();
  return [...plain].slice(0, 60).join('').trim() || 'card';
}
