import type { Attachment } from 'svelte/attachments';

/**
 * One stop of the Tab key for many tiles: arrows move among them, Home and End to the ends, and up and down to the first of the next
 * group where there are groups (`data-group`). The focused tile is the one that Tab comes back to.
 */
export function roving(selector: string, focused: (item: string) => void): Attachment<HTMLElement> {
  return (root) => {
    const tiles = () => [...root.querySelectorAll<HTMLElement>(selector)];
    const group = (tile: HTMLElement | undefined) => tile?.closest<HTMLElement>('[data-group]')?.dataset.group;
    const onkeydown = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const all = tiles();
      const here = all.findIndex((tile) => tile === document.activeElement);
      if (here < 0) return;
      const there = step(all, here, event.key, group);
      if (there === null) return;
      event.preventDefault();
      event.stopPropagation();
      all[there]?.focus();
      all[there]?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    };
    const onfocusin = (event: FocusEvent) => {
      const item = (event.target as HTMLElement).closest<HTMLElement>(selector)?.dataset.item;
      if (item) focused(item);
    };
    root.addEventListener('keydown', onkeydown);
    root.addEventListener('focusin', onfocusin);
    return () => {
      root.removeEventListener('keydown', onkeydown);
      root.removeEventListener('focusin', onfocusin);
    };
  };
}

function step(all: HTMLElement[], here: number, key: string, group: (tile: HTMLElement | undefined) => string | undefined): number | null {
  const around = (to: number) => (to + all.length) % all.length;
  if (key === 'ArrowRight') return around(here + 1);
  if (key === 'ArrowLeft') return around(here - 1);
  if (key === 'Home') return 0;
  if (key === 'End') return all.length - 1;
  if (key !== 'ArrowDown' && key !== 'ArrowUp') return null;
  const firsts = all.flatMap((tile, at) => (at === 0 || group(tile) !== group(all[at - 1]) ? [at] : []));
  if (firsts.length < 2) return null;
  const mine = firsts.findLastIndex((first) => first <= here);
  const to = key === 'ArrowDown' ? (mine + 1) % firsts.length : (mine - 1 + firsts.length) % firsts.length;
  return firsts[to] ?? null;
}
