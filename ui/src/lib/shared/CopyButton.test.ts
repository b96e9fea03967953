import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import CopyButton from './CopyButton.svelte';
import { toasts } from './toasts.svelte';

const words = { label: 'Copy this link', byHand: 'Scan the code instead.' };
const clipboard = (writeText: (text: string) => Promise<void>) => vi.stubGlobal('navigator', { clipboard: { writeText } });

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('a button that copies', () => {
  it('copies what it was given, and says so', async () => {
    const written = vi.fn(() => Promise.resolve());
    clipboard(written);
    render(CopyButton, { text: 'stoa:link', ...words });
    await fireEvent.click(screen.getByRole('button', { name: words.label }));
    expect(await screen.findByRole('button', { name: 'Copied' })).toBeTruthy();
    expect(written).toHaveBeenCalledWith('stoa:link');
  });

  it('says what to do where the clipboard is refused', async () => {
    clipboard(() => Promise.reject(new Error('refused')));
    const say = vi.spyOn(toasts, 'say');
    render(CopyButton, { text: 'stoa:link', ...words });
    await fireEvent.click(screen.getByRole('button', { name: words.label }));
    await expect.poll(() => say.mock.calls).toEqual([[words.byHand]]);
    expect(screen.getByRole('button', { name: words.label })).toBeTruthy();
  });

  it('waits for what is not there yet', () => {
    render(CopyButton, { text: null, ...words });
    expect(screen.getByRole('button', { name: words.label })).toHaveProperty('disabled', true);
  });
});
