import { describe, expect, it, vi } from 'vitest';
import { arrowKeys, closes } from './keyboard';

const press = (key: string, target: EventTarget = window) => {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
  target.dispatchEvent(event);
  return event;
};

describe('Esc', () => {
  it('closes the nearest thing, one at a time', () => {
    const part = document.createElement('div');
    const [outer, inner] = [vi.fn(), vi.fn()];
    const leaveOuter = closes(outer)(part);
    const leaveInner = closes(inner)(part);

    press('Escape');
    expect(inner).toHaveBeenCalledOnce();
    expect(outer).not.toHaveBeenCalled();

    leaveInner?.();
    press('Escape');
    expect(outer).toHaveBeenCalledOnce();

    leaveOuter?.();
    press('Escape');
    expect(outer).toHaveBeenCalledOnce();
  });

  it('leaves alone what something else already used', () => {
    const close = vi.fn();
    const leave = closes(close)(document.createElement('div'));
    const use = (event: Event) => event.preventDefault();
    document.body.addEventListener('keydown', use);
    press('Escape', document.body);
    expect(close).not.toHaveBeenCalled();
    document.body.removeEventListener('keydown', use);
    leave?.();
  });
});

it('arrows move through a list and stop at its ends', () => {
  const list = document.createElement('div');
  list.innerHTML = '<button>a</button><button>b</button><button>c</button>';
  document.body.append(list);
  const leave = arrowKeys('button')(list);
  const [a, b, c] = [...list.querySelectorAll('button')];
  a?.focus();
  press('ArrowDown', a);
  expect(document.activeElement).toBe(b);
  press('End', b);
  press('ArrowDown', c);
  expect(document.activeElement).toBe(c);
  press('Home', c);
  press('ArrowUp', a);
  expect(document.activeElement).toBe(a);
  leave?.();
  list.remove();
});
