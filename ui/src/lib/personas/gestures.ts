import type { Attachment } from 'svelte/attachments';

interface Point {
  x: number;
  y: number;
}

/** What fingers or a pointer do on an element, in parts of its width. */
export interface Gestures {
  /** False leaves the press alone. `at` is a point of the element. */
  begin: (at: Point) => boolean;
  move: (by: Point) => void;
  /** Two fingers: what they scaled and turned since the last call, and about where. */
  pinch: (by: { scale: number; degrees: number }, at: Point) => void;
  wheel?: (factor: number, at: Point) => boolean;
  /** Pressed and let go without moving. */
  tap?: (at: Point) => void;
  end?: () => void;
}

/** Movement below this is a tap, in pixels. */
const STILL = 4;
/** Of a wheel's step. */
const WHEEL = 0.0012;

export function gestures(on: () => Gestures): Attachment<HTMLElement> {
  return (element) => {
    const points = new Map<number, Point>();
    let moved = 0;
    const unit = () => element.getBoundingClientRect().width || 1;
    const place = (event: MouseEvent): Point => {
      const box = element.getBoundingClientRect();
      return { x: (event.clientX - box.left) / unit(), y: (event.clientY - box.top) / unit() };
    };

    const down = (event: PointerEvent) => {
      if (event.button !== 0 || !on().begin(place(event))) return;
      if (points.size === 0) moved = 0;
      points.set(event.pointerId, place(event));
      element.setPointerCapture(event.pointerId);
    };

    const move = (event: PointerEvent) => {
      const last = points.get(event.pointerId);
      if (!last) return;
      const now = place(event);
      moved += Math.hypot(now.x - last.x, now.y - last.y) * unit();
      const other = [...points].find(([id]) => id !== event.pointerId)?.[1];
      points.set(event.pointerId, now);
      if (moved < STILL && points.size < 2) {
        points.set(event.pointerId, last);
        moved = Math.hypot(now.x - last.x, now.y - last.y) * unit();
        if (moved < STILL) return;
        points.set(event.pointerId, now);
      }
      if (!other) {
        on().move({ x: now.x - last.x, y: now.y - last.y });
        return;
      }
      const [before, after] = [span(other, last), span(other, now)];
      let degrees = after.degrees - before.degrees;
      if (degrees > 180) degrees -= 360;
      if (degrees < -180) degrees += 360;
      on().pinch({ scale: after.length / Math.max(0.01, before.length), degrees }, { x: (other.x + now.x) / 2, y: (other.y + now.y) / 2 });
      on().move({ x: (now.x - last.x) / 2, y: (now.y - last.y) / 2 });
    };

    const up = (event: PointerEvent) => {
      if (!points.delete(event.pointerId)) return;
      if (points.size > 0) return;
      if (moved < STILL && event.type === 'pointerup') on().tap?.(place(event));
      on().end?.();
    };

    const wheel = (event: WheelEvent) => {
      if (on().wheel?.(Math.exp(-event.deltaY * WHEEL), place(event))) event.preventDefault();
    };

    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', up);
    element.addEventListener('wheel', wheel, { passive: false });
    return () => {
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', up);
      element.removeEventListener('wheel', wheel);
    };
  };
}

function span(one: Point, other: Point): { length: number; degrees: number } {
  const [x, y] = [other.x - one.x, other.y - one.y];
  return { length: Math.hypot(x, y), degrees: (Math.atan2(y, x) * 180) / Math.PI };
}
