import type { Attachment } from 'svelte/attachments';

const layers: (() => void)[] = [];

/** Closes on Esc what was opened last. Parts of bits-ui do it themselves and mark the event as used. */
export function closes(close: () => void): Attachment {
  return () => {
    if (layers.length === 0) window.addEventListener('keydown', escape);
    layers.push(close);
    return () => {
      layers.splice(layers.lastIndexOf(close), 1);
      if (layers.length === 0) window.removeEventListener('keydown', escape);
    };
  };
}

function escape(event: KeyboardEvent): void {
  if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
  const nearest = layers.at(-1);
  if (!nearest) return;
  event.preventDefault();
  nearest();
}

/** Moves the focus between the parts that match, by Up, Down, Home and End. */
export function arrowKeys(selector: string): Attachment<HTMLElement> {
  return (list) => {
    const onkeydown = (event: KeyboardEvent) => {
      const parts = [...list.querySelectorAll<HTMLElement>(selector)];
      const here = parts.findIndex((part) => part.contains(document.activeElement));
      const there = {
        ArrowDown: Math.min(here + 1, parts.length - 1),
        ArrowUp: Math.max(here - 1, 0),
        Home: 0,
        End: parts.length - 1,
      }[event.key];
      if (there === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.target instanceof HTMLInputElement && event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
      event.preventDefault();
      parts[there]?.focus();
      parts[there]?.scrollIntoView({ block: 'nearest' });
    };
    list.addEventListener('keydown', onkeydown);
    return () => list.removeEventListener('keydown', onkeydown);
  };
}
