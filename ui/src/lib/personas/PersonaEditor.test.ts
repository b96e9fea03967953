import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import { use } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import PersonaEditor from './PersonaEditor.svelte';

const tries = vi.hoisted(() => ({ count: 0 }));

vi.mock('$lib/phone', () => {
  tries.count++;
  throw new Error('aborted');
});

beforeEach(() => {
  HTMLCanvasElement.prototype.getContext = (() => null) as unknown as typeof HTMLCanvasElement.prototype.getContext;
});

it('says that the way to the phone did not load, after two tries', async () => {
  use(new FakeTransport({
    'persona.show': () => ({ person: 'a1', version: 0, time: 1, picture: null, recipe: null }),
    'persona.accessories': () => ({ slots: [], items: [] }),
    'persona.preview': () => ({ mime: 'image/png', base64: '' }),
  }));
  render(PersonaEditor, { name: 'Alice', open: true });
  await fireEvent.click(await screen.findByRole('button', { name: 'More' }));
  await fireEvent.click(await screen.findByText('Continue on your phone…'));
  expect(await screen.findByText(/could not be loaded/, {}, { timeout: 10_000 })).toBeTruthy();
  expect(tries.count).toBe(2);
  expect(screen.getByRole('button', { name: 'Load again' })).toBeTruthy();
  await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  await expect.poll(() => screen.queryByText(/could not be loaded/)).toBeNull();
});
