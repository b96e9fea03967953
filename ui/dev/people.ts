import type { Contact, Look, LookMedia, Message, PersonaPicture, Presence, State } from '$lib/ipc';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const now = Date.now();
export const OWNER = 'a1'.repeat(32);

export function presence(state: State, text = '', ago = HOUR): Presence {
  return { state, text, since: now - ago, until: null };
}

let next = 1;

export function text(person: string, mine: boolean, ago: number, words: string): Message {
  return {
    id: `m${String(next++).padStart(6, '0')}`,
    conversation: `c-${person}`,
    author: mine ? OWNER : person,
    mine,
    at: now - ago,
    body: { kind: 'text', text: words, cards: [] },
    reply: null,
    mark: mine ? (ago < 2 * MINUTE ? 'waiting' : ago < HOUR ? 'delivered' : 'read') : 'read',
  };
}

function contact(name: string, state: Presence, rest: Partial<Contact> & { ago: number; says?: string; mine?: boolean }): Contact {
  const person = rest.person ?? [...name].map((letter) => letter.charCodeAt(0).toString(16)).join('').padEnd(64, '7').slice(0, 64);
  const { ago, says, mine, ...others } = rest;
  return {
    person,
    name,
    own_name: name,
    verified: false,
    blocked: false,
    presence: state,
    look: null,
    persona: null,
    conversation: `c-${person}`,
    last: says ? text(person, mine ?? false, ago, says) : null,
    unread: 0,
    since: now - 200 * DAY,
    ...others,
  };
}

export const MIRA = 'b2'.repeat(32);

function wearing(...items: string[]): PersonaPicture {
  const id = `persona/${JSON.stringify({ photo: null, face: { x: 0.5, y: 0.42, width: 0.3 }, worn: items.map((item) => ({ item: `stoa/${item}`, x: 0, y: 0, tilt: 0, scale: 1 })) })}`;
  return { small: id, large: id };
}

function media(id: string, rest: Partial<LookMedia> = {}): LookMedia {
  return { hash: id, id, still: id, media_type: 'image/webp', bytes: 40_000, width: 512, height: 384, duration_ms: 0, standing: 'here', ...rest };
}

function look(state: State, rest: Partial<Look>): Look {
  return { state, text: '', picture: null, animation: null, sound: null, video: null, ...rest };
}

const BELL = media('sound', { still: null, media_type: 'audio/ogg', width: 0, height: 0, duration_ms: 4_000 });
const CLIP = media('video', { still: null, media_type: 'video/webm', width: 640, height: 360, duration_ms: 9_000 });

export function people(): Contact[] {
  return [
    contact('Mira Okafor', presence('online', 'In the darkroom until five'), { person: MIRA, ago: 4 * MINUTE, says: 'The light at the harbour was unreal this morning', unread: 2, verified: true, persona: wearing('blazer', 'waves', 'round', 'beret'), look: look('online', { picture: media('look-1'), sound: BELL, video: CLIP }) }),
    contact('林晓雨', presence('away', '午休，两点回来'), { ago: 38 * MINUTE, says: '周末的照片我整理好了，晚上发给你', unread: 14, persona: wearing('hoodie', 'bob'), look: look('away', { picture: media('look-2', { width: 512, height: 512 }) }) }),
    contact('Jonas Weidenfeller-Brandstätter', presence('busy', 'Moving house, please be patient with me this week'), { ago: 3 * HOUR, says: 'Can you send the originals again? The folder from the lake, all of them, the whole long list', mine: true }),
    contact('🦊 Fenna', presence('online'), { ago: 5 * HOUR, says: 'https://shop.example/p/4711 — this one?', verified: true, look: look('online', { sound: BELL }) }),
    contact('ليلى عبد الرحمن الحسيني', presence('🎣 صيد السمك'), { ago: 6 * HOUR, says: 'أراك غدًا عند الميناء', look: look('🎣 صيد السمك', { text: 'عند البحر حتى المساء' }) }),
    contact('Dad', presence('offline', '', 26 * HOUR), { own_name: 'Robert Lindqvist', ago: 26 * HOUR, persona: wearing('trench', 'full', 'horn-rimmed', 'cap'), look: look('offline', { text: 'In the shed, ring twice' }), says: 'Got them all. The one with the dog goes on the wall.' }),
    contact('Amélie', presence('offline'), { ago: 3 * DAY, says: 'À demain !' }),
    contact('王强', presence('busy', '开会中'), { ago: 6 * DAY, says: '好的' }),
    contact('Tariq', presence('offline'), { ago: 40 * DAY, says: 'ok', mine: true }),
    contact('Old colleague', presence('offline'), { ago: 300 * DAY, says: 'Buy this now!!', blocked: true }),
    contact('Ines', presence('online'), { ago: 90 * DAY }),
    ...Array.from({ length: 30 }, (_, at) => contact(`Contact ${at + 11}`, presence('offline'), { ago: (60 + at) * DAY, says: 'See you' })),
  ];
}

export function talk(person: string): Message[] {
  return [
    text(person, false, 50 * HOUR, 'Back from the coast. 340 frames, maybe 20 worth keeping.'),
    text(person, true, 49 * HOUR, 'Twenty out of 340 is a good day.'),
    text(person, false, 25 * HOUR, 'Do you still have the wide lens?'),
    text(person, true, 24 * HOUR, 'Yes. It is yours until March if you want it. I packed the lens hood and the two filters as well; the polariser has a scratch at the rim that you never see in the picture.'),
    text(person, false, 3 * HOUR, '太好了，谢谢！'),
    text(person, true, 20 * MINUTE, 'How was the harbour?'),
    text(person, false, 5 * MINUTE, 'Fog until nine, then this.'),
    text(person, false, 4 * MINUTE, 'The light at the harbour was unreal this morning'),
    text(person, true, MINUTE, 'Show me!'),
  ];
}
