import type { Editor } from './editor.svelte';

/** Of the picture's side, degrees, and a factor; with Shift the larger. */
const MOVE = { small: 0.005, large: 0.025 };
const TURN = { small: 1, large: 10 };
const GROW = { small: 1.02, large: 1.1 };

/** What a key does to the picture; false when it is not one of these. */
export function onKey(editor: Editor, event: KeyboardEvent): boolean {
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (command && !event.altKey) {
    if (key === 'z' && !event.shiftKey) editor.undo();
    else if ((key === 'z' && event.shiftKey) || key === 'y') editor.redo();
    else return false;
    return true;
  }
  if (event.altKey || command || ownKeys(event.target)) return false;
  const { worn } = editor;
  if (!worn) return false;
  const how = event.shiftKey ? 'large' : 'small';
  const move = (x: number, y: number) => editor.adjust({ x: worn.x + x * MOVE[how], y: worn.y + y * MOVE[how] }, 'move');
  const steps: Record<string, () => void> = {
    ArrowLeft: () => move(-1, 0),
    ArrowRight: () => move(1, 0),
    ArrowUp: () => move(0, -1),
    ArrowDown: () => move(0, 1),
    Delete: () => editor.remove(worn.item),
    // by place on the keyboard: with Shift, and on other keyboards, the same keys give other characters
    BracketLeft: () => editor.adjust({ tilt: worn.tilt - TURN[how] }, 'tilt'),
    BracketRight: () => editor.adjust({ tilt: worn.tilt + TURN[how] }, 'tilt'),
  };
  const grow = (by: number) => editor.adjust({ scale: worn.scale * by }, 'scale');
  if (event.key === '+' || event.key === '=') grow(GROW[how]);
  else if (event.key === '-' || event.key === '_') grow(1 / GROW[how]);
  else {
    const named = event.key === '[' || event.key === '{' ? 'BracketLeft' : event.key === ']' || event.key === '}' ? 'BracketRight' : event.key;
    const step = steps[named] ?? steps[event.code];
    if (!step) return false;
    step();
  }
  return true;
}

/** Fields, sliders and lists of tiles keep their own keys. */
function ownKeys(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, select, textarea, [data-keys="own"]') !== null;
}
