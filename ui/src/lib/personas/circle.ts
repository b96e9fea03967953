import type { Accessory } from '$lib/ipc';
import type { Wardrobe } from './recipe';

export interface Group {
  slot: string;
  items: Accessory[];
}

export interface Spot {
  /** Clockwise from the top, radians. */
  angle: number;
}

export interface Arc extends Group {
  spots: Spot[];
  from: number;
  to: number;
}

/** Between groups, in places of a tile. */
const GAP = 0.55;

/** Slots with something in them, as a person is dressed: from the head down, badge and frame last. */
export function groupsOf({ slots, items }: Wardrobe): Group[] {
  const order = ['hat', 'hair', 'glasses', 'beard', 'scarf', 'coat', 'badge', 'frame'];
  const rank = (slot: string) => (order.indexOf(slot) + order.length + 1) % (order.length + 1);
  return slots
    .map(({ slot }) => ({ slot, items: items.filter((item) => item.slot === slot) }))
    .filter((group) => group.items.length > 0)
    .sort((one, other) => rank(one.slot) - rank(other.slot));
}

/** How many places a circle needs for the groups. */
export function places(groups: Group[]): number {
  return groups.reduce((sum, group) => sum + group.items.length + GAP, 0);
}

/** The groups along a circle, the first one's middle at the top. */
export function along(groups: Group[]): Arc[] {
  const pitch = (2 * Math.PI) / Math.max(1, places(groups));
  let at = -((groups[0]?.items.length ?? 0) * pitch) / 2;
  return groups.map((group) => {
    const from = at;
    const spots = group.items.map((_, index) => ({ angle: from + (index + 0.5) * pitch }));
    const to = from + group.items.length * pitch;
    at = to + GAP * pitch;
    return { ...group, spots, from, to };
  });
}
