import { fireEvent, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sayNotLoaded } from './unloaded';

let target: HTMLElement;

beforeEach(() => {
  target = document.body.appendChild(document.createElement('div'));
});

afterEach(() => {
  target.remove();
  document.documentElement.lang = 'en';
  vi.restoreAllMocks();
});

describe('a page that did not load', () => {
  it('says so, with a way to load it again', async () => {
    const reload = vi.fn();
    sayNotLoaded(target, reload);
    expect(screen.getByRole('alert').textContent).toContain('could not be loaded');
    await fireEvent.click(screen.getByRole('button', { name: 'Load again' }));
    expect(reload).toHaveBeenCalledOnce();
  });

  it('says it in Chinese to a Chinese browser', () => {
    vi.spyOn(navigator, 'language', 'get').mockReturnValue('zh-CN');
    sayNotLoaded(target);
    expect(screen.getByRole('button', { name: '重新加载' })).toBeTruthy();
    expect(document.documentElement.lang).toBe('zh-Hans');
  });
});
