import { call, type Look, type LookMedia, type Presence } from '$lib/ipc';

/** The id of the picture that stands for a look in a small place; `moving` prefers its animation. */
export function pictureOf(look: Look | null | undefined, moving = false): string | null {
  if (!look) return null;
  if (moving && isHere(look.animation)) return look.animation.id;
  for (const media of [look.picture, look.animation]) if (isHere(media) && media.still !== null) return media.still;
  return null;
}

export function isHere(media: LookMedia | null): media is LookMedia {
  return media?.standing === 'here';
}

/** What somebody says in their state: today's words, else those of the look. */
export function wordsOf(presence: Presence, look: Look | null): string {
  return presence.text || look?.text || '';
}

/** The bytes that an answer named; by the node, since a page may not read what it shows. */
export async function bytesOf(id: string): Promise<Blob> {
  const { mime, base64 } = await call('media.get', { id });
  return new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: mime });
}
