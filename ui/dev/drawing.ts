import pack from '../../icons/accessories/pack.json';
import type { Accessories, LookPart, Recipe } from '$lib/ipc';
import { place } from '../src/lib/personas/recipe';

const SIDE = 1024;
const DRAWINGS = import.meta.glob<string>('../../icons/accessories/*.svg', { query: '?raw', import: 'default', eager: true });

/** The built-in pack as the node tells it. */
export const PACK: Accessories = {
  slots: pack.slots.toSorted((one, other) => one.order - other.order).map(({ slot, measured, x, y }) => ({ slot, measured: measured as 'face' | 'picture', x, y })),
  items: pack.items.map(({ id, slot, name, anchor, width }) => ({
    item: `stoa/${id}`,
    slot,
    names: name,
    pack: '',
    id: `accessory/stoa/${id}`,
    anchor: [anchor[0] ?? 0.5, anchor[1] ?? 0.5],
    width,
  })),
};

const drawingOf = (file: string) => DRAWINGS[`../../icons/accessories/${file}`] ?? '';
const fileOf = (item: string) => pack.items.find(({ id }) => `stoa/${id}` === item)?.file ?? '';

/** Width and height of a drawing. */
function boxOf(svg: string): [number, number] {
  const [, , width = 1, height = 1] = (/viewBox="([^"]+)"/.exec(svg)?.[1] ?? '0 0 1 1').split(/[\s,]+/).map(Number);
  return [width, height];
}

const addressOf = (svg: string) => `data:image/svg+xml,${encodeURIComponent(svg)}`;
/** Another drawing inside one, at the place and size that its first tag is given. */
const inside = (svg: string, size: string) => svg.slice(svg.indexOf('<svg')).replace(/^<svg([^>]*)>/, (_, rest: string) => `<svg${rest.replace(/\s(width|height|x|y)="[^"]*"/g, '')} ${size}>`);

/** A recipe as one drawing; its own photos by id. */
export function svgOf(recipe: Recipe, photos: ReadonlyMap<string, string>): string {
  const photo = recipe.photo === null ? undefined : photos.get(recipe.photo);
  const base = photo ? `<image href="${photo}" width="${String(SIDE)}" height="${String(SIDE)}"/>` : inside(drawingOf('figure.svg'), `width="${String(SIDE)}" height="${String(SIDE)}"`);
  const worn = recipe.worn.map((each) => {
    const item = PACK.items.find((one) => one.item === each.item);
    const slot = PACK.slots.find((one) => one.slot === item?.slot);
    const svg = drawingOf(fileOf(each.item));
    if (!item || !slot || svg === '') return '';
    const [wide, high] = boxOf(svg);
    const { x, y, width, height, tilt } = place(slot, item, recipe.face, each, high / wide);
    const size = `x="${String((x - width / 2) * SIDE)}" y="${String((y - height / 2) * SIDE)}" width="${String(width * SIDE)}" height="${String(height * SIDE)}"`;
    return `<g transform="rotate(${String(tilt)} ${String(x * SIDE)} ${String(y * SIDE)})">${inside(svg, size)}</g>`;
  });
  return addressOf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(SIDE)} ${String(SIDE)}" width="${String(SIDE)}" height="${String(SIDE)}">${base}${worn.join('')}</svg>`);
}

/** `accessory/PACK/ITEM`, or `persona/` and a recipe as JSON. */
export function drawn(id: string, photos: ReadonlyMap<string, string>): string {
  if (id.startsWith('accessory/')) return addressOf(drawingOf(fileOf(id.slice('accessory/'.length))));
  return svgOf(JSON.parse(id.slice('persona/'.length)) as Recipe, photos);
}

/** Pixels and seconds of a file, as far as it has them. */
export async function measure(part: LookPart, path: string): Promise<{ width: number; height: number; seconds: number }> {
  if (part === 'picture' || part === 'animation') {
    const image = new Image();
    image.src = path;
    await image.decode();
    return { width: image.naturalWidth, height: image.naturalHeight, seconds: 0 };
  }
  const player = document.createElement(part === 'video' ? 'video' : 'audio');
  player.src = path;
  await new Promise((yes, no) => {
    player.addEventListener('loadedmetadata', yes);
    player.addEventListener('error', no);
  });
  const [width, height] = player instanceof HTMLVideoElement ? [player.videoWidth, player.videoHeight] : [0, 0];
  return { width, height, seconds: player.duration };
}
