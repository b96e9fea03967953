import type { Accessory, Face, Recipe, Slot, Worn } from '$lib/ipc';
import { settings } from '$lib/shared';

/** As the node's own: the typical portrait, and the built-in figure's. */
export const FACE: Face = { x: 0.5, y: 0.42, width: 0.3 };
/** A face is so much higher than it is wide. */
export const FACE_HEIGHT = 1.35;
export const LIMITS = {
  x: { least: -1, most: 1 },
  y: { least: -1, most: 1 },
  tilt: { least: -180, most: 180 },
  scale: { least: 0.2, most: 5 },
} as const;
const FACE_WIDTH = { least: 0.05, most: 1 };

export type Measure = keyof typeof LIMITS;

export interface Wardrobe {
  slots: Slot[];
  items: Accessory[];
}

/** Where a drawing lies: its centre, width and height in fractions of the picture's side, tilt in degrees clockwise. */
export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
  tilt: number;
}

export function emptyRecipe(): Recipe {
  return { photo: null, face: { ...FACE }, worn: [] };
}

export function same(one: Recipe, other: Recipe): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Puts it on as its slot's rule says, in the place of what the slot wore; the worn item itself comes off. */
export function wear(recipe: Recipe, item: Accessory, wardrobe: Wardrobe): Recipe {
  const here = recipe.worn.findIndex((worn) => slotOf(wardrobe, worn) === item.slot);
  if (recipe.worn[here]?.item === item.item) return { ...recipe, worn: recipe.worn.toSpliced(here, 1) };
  const worn: Worn = { item: item.item, x: 0, y: 0, tilt: 0, scale: 1 };
  if (here >= 0) return { ...recipe, worn: recipe.worn.with(here, worn) };
  const order = (slot: string) => wardrobe.slots.findIndex((each) => each.slot === slot);
  const above = recipe.worn.findIndex((other) => order(slotOf(wardrobe, other)) > order(item.slot));
  return { ...recipe, worn: recipe.worn.toSpliced(above < 0 ? recipe.worn.length : above, 0, worn) };
}

/** Changes one worn item, within the limits. */
export function adjust(recipe: Recipe, item: string, change: Partial<Pick<Worn, Measure>>): Recipe {
  const fit = (worn: Worn): Worn => {
    const next = { ...worn, ...change };
    return {
      item: worn.item,
      x: within(LIMITS.x, next.x, 4),
      y: within(LIMITS.y, next.y, 4),
      tilt: within(LIMITS.tilt, turned(next.tilt), 1),
      scale: within(LIMITS.scale, next.scale, 3),
    };
  };
  return { ...recipe, worn: recipe.worn.map((worn) => (worn.item === item ? fit(worn) : worn)) };
}

/** Up is towards the viewer. */
export function restack(recipe: Recipe, item: string, by: 1 | -1): Recipe {
  const here = recipe.worn.findIndex((worn) => worn.item === item);
  const other = recipe.worn[here + by];
  const one = recipe.worn[here];
  if (!one || !other) return recipe;
  return { ...recipe, worn: recipe.worn.with(here, other).with(here + by, one) };
}

export function moveFace(recipe: Recipe, face: Face): Recipe {
  const unit = { least: 0, most: 1 };
  return { ...recipe, face: { x: within(unit, face.x, 4), y: within(unit, face.y, 4), width: within(FACE_WIDTH, face.width, 4) } };
}

export function slotOf(wardrobe: Wardrobe, worn: Worn): string {
  return wardrobe.items.find((item) => item.item === worn.item)?.slot ?? '';
}

/** As the node places it. `aspect`: the drawing's height by its width. */
export function place(slot: Slot, item: Accessory, face: Face, worn: Worn, aspect: number): Place {
  const onFace = slot.measured === 'face';
  const unit = onFace ? face.width : 1;
  const width = item.width * unit * worn.scale;
  const height = width * aspect;
  const x = (onFace ? face.x : 0) + slot.x * unit + worn.x;
  const y = (onFace ? face.y : 0) + slot.y * unit + worn.y;
  const right = (0.5 - item.anchor[0]) * width;
  const down = (0.5 - item.anchor[1]) * height;
  const [sine, cosine] = [Math.sin(radians(worn.tilt)), Math.cos(radians(worn.tilt))];
  return { x: x + right * cosine - down * sine, y: y + right * sine + down * cosine, width, height, tilt: worn.tilt };
}

export function covers({ x, y, width, height, tilt }: Place, at: { x: number; y: number }): boolean {
  const [sine, cosine] = [Math.sin(radians(-tilt)), Math.cos(radians(-tilt))];
  const [right, down] = [at.x - x, at.y - y];
  return Math.abs(right * cosine - down * sine) <= width / 2 && Math.abs(right * sine + down * cosine) <= height / 2;
}

/** An item's name in the window's language, else in English. */
export function nameOf(item: Accessory): string {
  const tags = settings.locale === 'zh-Hans' ? ['zh-Hans', 'zh-CN', 'zh'] : ['en'];
  for (const tag of [...tags, 'en']) {
    const name = item.names[tag];
    if (name) return name;
  }
  return item.item;
}

/** Between -180 and 180. */
function turned(degrees: number): number {
  const rest = (((degrees + 180) % 360) + 360) % 360;
  return rest === 0 && degrees > 0 ? 180 : rest - 180;
}

function within({ least, most }: { least: number; most: number }, value: number, digits: number): number {
  const fit = Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : 0;
  return Number(fit.toFixed(digits));
}

export function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
