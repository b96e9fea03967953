import type { Icon } from '$lib/shared';

/** One thing the palette can do. */
export interface PaletteCommand {
  id: string;
  label: string;
  icon: Icon;
  run: () => void;
}

/** Whether every word of the query stands somewhere in the text, whatever the case and the accents. */
export function matches(text: string, query: string): boolean {
  const plain = plainOf(text);
  return plainOf(query)
    .split(/\s+/)
    .every((word) => plain.includes(word));
}

function plainOf(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase().trim();
}
