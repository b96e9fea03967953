import FileVideo from '@lucide/svelte/icons/clapperboard';
import ImageIcon from '@lucide/svelte/icons/image';
import ImagePlay from '@lucide/svelte/icons/image-play';
import Music2 from '@lucide/svelte/icons/music-2';
import type { ErrorCode, Look, LookMedia, LookPart, State } from '$lib/ipc';
import { errorSentence, m, type Icon } from '$lib/shared';

export type MediaPart = Exclude<LookPart, 'text'>;

export const PARTS: MediaPart[] = ['picture', 'animation', 'sound', 'video'];

interface PartWords {
  icon: Icon;
  name: () => string;
  hint: () => string;
  /** As HTML's `accept`. */
  accept: string;
}

export const WORDS: Record<MediaPart, PartWords> = {
  picture: { icon: ImageIcon, name: m.schemes_picture, hint: m.schemes_picture_hint, accept: 'image/*' },
  animation: { icon: ImagePlay, name: m.schemes_animation, hint: m.schemes_animation_hint, accept: 'image/gif,image/webp,image/png,image/apng,.apng' },
  sound: { icon: Music2, name: m.schemes_sound, hint: m.schemes_sound_hint, accept: 'audio/*,.ogg,.opus,.mp3,.wav,.flac' },
  video: { icon: FileVideo, name: m.schemes_video, hint: m.schemes_video_hint, accept: 'video/webm,.webm' },
};

/** The part that a dropped file is meant for, by its name; null when it is none of them. */
export function partOf(name: string): MediaPart | null {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  if (['gif', 'apng'].includes(ending)) return 'animation';
  if (['png', 'jpg', 'jpeg', 'webp', 'bmp', 'tif', 'tiff', 'avif', 'heic'].includes(ending)) return 'picture';
  if (['ogg', 'oga', 'opus', 'mp3', 'wav', 'flac', 'm4a', 'aac'].includes(ending)) return 'sound';
  if (['webm', 'mkv', 'mp4', 'mov', 'avi'].includes(ending)) return 'video';
  return null;
}

/** Why a file was not taken. */
export function refusal(part: MediaPart, code: ErrorCode): string {
  if (code === 'too_large') {
    return { picture: m.schemes_large_picture, animation: m.schemes_large_animation, sound: m.schemes_large_sound, video: m.schemes_large_video }[part]();
  }
  if (code === 'picture_unreadable' || code === 'unsupported' || code === 'bad_request') {
    return { picture: m.schemes_bad_picture, animation: m.schemes_bad_animation, sound: m.schemes_bad_sound, video: m.schemes_bad_video }[part]();
  }
  return errorSentence(code);
}

/** A state's look while it is edited. */
export type Draft = { text: string } & Record<MediaPart, LookMedia | null>;

export function draftOf(look: Look | undefined): Draft {
  return { text: look?.text ?? '', picture: look?.picture ?? null, animation: look?.animation ?? null, sound: look?.sound ?? null, video: look?.video ?? null };
}

/** As contacts would get it; null for none. */
export function lookOf(state: State, draft: Draft): Look | null {
  const text = draft.text.trim();
  return text === '' && PARTS.every((part) => draft[part] === null) ? null : { state, ...draft, text };
}

export function same(one: Draft, other: Draft): boolean {
  return one.text.trim() === other.text.trim() && PARTS.every((part) => one[part]?.hash === other[part]?.hash);
}
