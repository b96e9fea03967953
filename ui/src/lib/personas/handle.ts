import type { Attachment } from 'svelte/attachments';

interface Point {
  x: number;
  y: number;
}

/** Drags a handle; tells each point of `[data-picture]` around it, in parts of its side, and the one before. */
export function handle(dragged: (now: Point, before: Point) => void, ended: () => void): Attachment<HTMLElement> {
  return (element) => {
    let last: Point | null = null;
    const place = (event: PointerEvent): Point => {
      const box = element.closest('[data-picture]')?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1);
      return { x: (event.clientX - box.left) / (box.width || 1), y: (event.clientY - box.top) / (box.height || 1) };
    };
    const down = (event: PointerEvent) => {
      if (event.button !== 0) return;
      event.stopPropagation();
      last = place(event);
      element.setPointerCapture(event.pointerId);
    };
    const move = (event: PointerEvent) => {
      if (!last) return;
      const now = place(event);
      dragged(now, last);
      last = now;
    };
    const up = () => {
      if (last) ended();
      last = null;
    };
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', up);
    return () => {
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', up);
    };
  };
}
