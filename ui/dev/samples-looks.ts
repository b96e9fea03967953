import type { Accessories, Look, LookMedia, LookPart, Recipe, Scheme, State } from '$lib/ipc';
import { ErrorWithCode } from '$lib/ipc';
import type { FakeTransport } from '$lib/ipc/fake';
import { BUILT_IN } from '../src/lib/shared/states';
import { drawn, measure, PACK, svgOf } from './drawing';
import { OWNER } from './people';

const BUDGET = 25_000_000;

/** Schemes, personas and being invisible on top of a sample node. What is made lasts until the page is loaded again. */
export function withLooks(node: FakeTransport): void {
  const made = new Map<string, string>();
  const prepared = new Map<string, LookMedia>();
  const photos = new Map<string, string>();
  let recipe: Recipe = { photo: null, face: { x: 0.5, y: 0.42, width: 0.3 }, worn: [] };
  let published = false;
  let scheme: Scheme = { person: OWNER, version: 0, time: 0, looks: [], bytes: 0, budget: BUDGET, push: false };
  let hidden = { from_all: false, from: [] as string[] };
  let minutes = 10;
  let next = 0;

  const others = node.media;
  node.media = (id) => made.get(id) ?? (id.startsWith('accessory/') || id.startsWith('persona/') ? drawn(id, photos) : others(id));
  node.upload = (files) => Promise.resolve(files.map((file) => `${URL.createObjectURL(file)}#${file.name}`));

  const me = async () => {
    const current = await node.handlers['me.show']?.({});
    if (!current) return;
    const look = scheme.looks.find(({ state }) => state === current.presence.state) ?? null;
    const persona = published ? { small: `persona/${JSON.stringify(recipe)}`, large: `persona/${JSON.stringify(recipe)}` } : null;
    node.tell({ change: 'me', of: { ...current, look, persona, hidden } });
  };
  const keep = (looks: Look[]) => {
    const media = looks.flatMap(({ picture, animation, sound, video }) => [picture, animation, sound, video]).filter((one) => one !== null);
    const bytes = [...new Map(media.map((one) => [one.hash, one.bytes])).values()].reduce((sum, size) => sum + size, 0);
    if (bytes > BUDGET) throw new ErrorWithCode('too_large', '');
    scheme = { ...scheme, version: scheme.version + 1, time: Date.now(), looks, bytes };
    node.tell({ change: 'scheme', of: scheme });
    void me();
    return scheme;
  };

  const set = node.handlers['presence.set'];
  Object.assign(node.handlers, {
    'presence.set': async (args: { state: State; text: string; until: number | null }) => {
      await set?.(args);
      hidden = { ...hidden, from_all: false };
      await me();
      return {};
    },
    'presence.states': () => [...new Set([...BUILT_IN, ...scheme.looks.map(({ state }) => state)])],
    'presence.hide': ({ hidden: is, from }: { hidden: boolean; from: string[] | null }) => {
      if (from === null) hidden = { from_all: is, from: is ? hidden.from : [] };
      else hidden = { ...hidden, from: is ? [...new Set([...hidden.from, ...from])] : hidden.from.filter((person) => !from.includes(person)) };
      void me();
      return hidden;
    },
    'presence.idle': ({ minutes: to }: { minutes: number | null }) => ({ minutes: (minutes = to ?? minutes), source: 'window' }),
    'presence.active': () => ({}),
    'look.refresh': () => ({}),
    'scheme.show': () => scheme,
    'scheme.push': ({ on }: { on: boolean }) => ((scheme = { ...scheme, push: on }), {}),
    'scheme.prepare': async ({ part, path }: { part: LookPart; path: string }): Promise<LookMedia> => {
      const blob = await (await fetch(path)).blob();
      const hash = `m${String(next++)}`.padEnd(64, '0');
      const { width, height, seconds } = await measure(part, path);
      made.set(`look/${hash}`, path);
      const still = part === 'picture' || part === 'animation' ? `look/${hash}` : null;
      const media: LookMedia = { hash, id: `look/${hash}`, still, media_type: blob.type, bytes: blob.size, width, height, duration_ms: Math.round(seconds * 1000), standing: 'here' };
      prepared.set(hash, media);
      return media;
    },
    'scheme.set': ({ state, text, ...hashes }: { state: State; text: string } & Record<Exclude<LookPart, 'text'>, string | null>) => {
      const known = (hash: string | null): LookMedia | null => (hash === null ? null : (prepared.get(hash) ?? null));
      const look: Look = { state, text, picture: known(hashes.picture), animation: known(hashes.animation), sound: known(hashes.sound), video: known(hashes.video) };
      const rest = scheme.looks.filter((one) => one.state !== state);
      return keep(text === '' && Object.values(hashes).every((hash) => hash === null) ? rest : [...rest, look]);
    },
    'media.get': async ({ id }: { id: string }) => {
      const bytes = new Uint8Array(await (await fetch(node.media(id))).arrayBuffer());
      return { mime: 'application/octet-stream', base64: base64Of(bytes) };
    },
    'persona.show': () => ({ person: OWNER, version: published ? 1 : 0, time: 0, picture: published ? { small: '', large: '' } : null, recipe }),
    'persona.accessories': (): Accessories => PACK,
    'persona.photo': async ({ path, crop }: { path: string; crop: { x: number; y: number; side: number } | null }) => {
      const id = `photo${String(next++)}`;
      const source = await createImageBitmap(await (await fetch(path)).blob());
      const side = Math.min(source.width, source.height) * (crop?.side ?? 1);
      const [left, top] = crop ? [crop.x * source.width, crop.y * source.height] : [(source.width - side) / 2, (source.height - side) / 2];
      photos.set(id, pictureOf((paint) => paint.drawImage(source, left, top, side, side, 0, 0, 1024, 1024), 1024));
      return { photo: id };
    },
    'persona.preview': async ({ recipe, side }: { recipe: Recipe; side: number }) => {
      const image = new Image();
      image.src = svgOf(recipe, photos);
      await image.decode();
      const url = pictureOf((paint) => paint.drawImage(image, 0, 0, side, side), side);
      return { mime: 'image/png', base64: url.slice(url.indexOf(',') + 1) };
    },
    'persona.set': ({ recipe: worn }: { recipe: Recipe }) => {
      [recipe, published] = [worn, true];
      void me();
      const persona = { person: OWNER, version: 1, time: Date.now(), picture: { small: '', large: '' }, recipe };
      node.tell({ change: 'persona', of: persona });
      return persona;
    },
    'persona.clear': () => {
      published = false;
      void me();
      return {};
    },
  });
}

function pictureOf(paint: (context: CanvasRenderingContext2D) => void, side: number): string {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  const context = canvas.getContext('2d');
  if (context) paint(context);
  return canvas.toDataURL('image/png');
}

function base64Of(bytes: Uint8Array): string {
  let letters = '';
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters);
}
