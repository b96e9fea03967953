import type { Availability } from '$lib/ipc';
import { m } from '$lib/shared';

const NAMES: Record<Availability, () => string> = {
  in_stock: m.sellers_in_stock,
  limited_availability: m.sellers_limited,
  pre_order: m.sellers_pre_order,
  back_order: m.sellers_back_order,
  out_of_stock: m.sellers_out_of_stock,
  sold_out: m.sellers_sold_out,
  discontinued: m.sellers_discontinued,
};

/** For a choice, in the order a seller thinks of them. */
export function availabilities(): { value: Availability; label: string }[] {
  return (Object.keys(NAMES) as Availability[]).map((value) => ({ value, label: NAMES[value]() }));
}

const LAYOUTS: Record<string, () => string> = {
  compact: m.sellers_layout_compact,
  wide: m.sellers_layout_wide,
  picture: m.sellers_layout_picture,
  price: m.sellers_layout_price,
  kiosk: m.sellers_layout_kiosk,
};

/** A layout's name; a catalog's own layouts go by their id. */
export function layoutName(id: string): string {
  return LAYOUTS[id]?.() ?? id;
}
