import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { onChange, use, type Persona, type Recipe } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { clock } from '$lib/shared';
import Phone from './Phone.svelte';

const FACE = { x: 0.5, y: 0.42, width: 0.3 };
const WORN: Recipe = { photo: null, face: FACE, worn: [{ item: 'stoa/beret', x: 0, y: 0, tilt: 0, scale: 1 }] };
const OUT = 'Your picture is published. You can put the phone away.';
const visit = { name: 'Alice', until: Date.UTC(2026, 10, 21, 12) };

let version: number;

function persona(recipe: Recipe | null): Persona {
  return { person: 'a1', version, time: 1, picture: recipe ? { small: 's', large: 'l' } : null, recipe };
}

function home(recipe: Recipe | null, told: typeof visit | null = visit): FakeTransport {
  version = recipe ? 3 : 0;
  const node = new FakeTransport(
    {
      'persona.show': () => persona(recipe),
      'persona.accessories': () => ({
        slots: [{ slot: 'hat', measured: 'face', x: 0, y: -0.55 }],
        items: [{ item: 'stoa/beret', slot: 'hat', names: { en: 'beret' }, pack: '', id: 'accessory/stoa/beret', anchor: [0.5, 0.5], width: 1 }],
      }),
      'persona.preview': () => ({ mime: 'image/png', base64: '' }),
      'persona.set': (args) => {
        version++;
        recipe = args.recipe;
        node.tell({ change: 'persona', of: persona(recipe) });
        return persona(recipe);
      },
    },
    false,
  );
  use(node, told);
  return node;
}

beforeEach(() => {
  sessionStorage.clear();
  vi.stubGlobal('createImageBitmap', () => Promise.resolve({ width: 512, height: 512, close() {} }));
  HTMLCanvasElement.prototype.getContext = (() => null) as unknown as typeof HTMLCanvasElement.prototype.getContext;
});

describe('the page on a phone', () => {
  it('does not say that a change is out which was discarded after another was published', async () => {
    home(null);
    render(Phone);
    await fireEvent.click(await screen.findByRole('button', { name: 'beret, Hat' }));
    await fireEvent.click(screen.getByRole('button', { name: 'Publish' }));
    await screen.findByText(OUT);
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
    await fireEvent.click(screen.getByRole('button', { name: 'Change it' }));
    await fireEvent.click(await screen.findByRole('button', { name: 'beret, Hat' }));
    await fireEvent.click(screen.getByRole('button', { name: 'Close' }));
    await fireEvent.click(await screen.findByRole('button', { name: 'Leave' }));
    expect(await screen.findByText('This is how your contacts see you.')).toBeTruthy();
    expect(screen.queryByText(OUT)).toBeNull();
  });

  it('goes on with what was made when its browser dropped the page', async () => {
    home(null);
    const first = render(Phone);
    await fireEvent.click(await screen.findByRole('button', { name: 'beret, Hat' }));
    first.unmount();
    expect(sessionStorage.getItem('stoa-phone-recipe')).toContain('stoa/beret');
    sessionStorage.setItem('stoa-phone-left', 'yes');
    const node = home(null);
    render(Phone);
    const beret = await screen.findByRole('button', { name: 'beret, Hat' });
    expect(beret.getAttribute('aria-pressed')).toBe('true');
    await fireEvent.click(screen.getByRole('button', { name: 'Publish' }));
    await screen.findByText(OUT);
    expect(node.asked.some(({ verb, args }) => verb === 'persona.set' && JSON.stringify(args).includes('stoa/beret'))).toBe(true);
    expect(sessionStorage.getItem('stoa-phone-recipe')).toBeNull();
  });

  it('keeps nothing of what was discarded', async () => {
    home(WORN);
    render(Phone);
    await fireEvent.click(await screen.findByRole('button', { name: 'beret, Hat' }));
    expect(sessionStorage.getItem('stoa-phone-recipe')).not.toBeNull();
    await fireEvent.click(screen.getByRole('button', { name: 'Close' }));
    await fireEvent.click(await screen.findByRole('button', { name: 'Leave' }));
    expect(await screen.findByRole('button', { name: 'Change it' })).toBeTruthy();
    expect(sessionStorage.getItem('stoa-phone-recipe')).toBeNull();
  });

  it('goes on with what was made when it is let in again after the end', async () => {
    const node = home(null);
    render(Phone);
    await fireEvent.click(await screen.findByRole('button', { name: 'beret, Hat' }));
    node.connection('ended');
    await screen.findByRole('heading', { name: 'This code no longer works' });
    expect(screen.getByText('What you made and did not publish waits here for it.')).toBeTruthy();
    expect(screen.queryByRole('dialog')).toBeNull();
    node.connection('connected');
    const beret = await screen.findByRole('button', { name: 'beret, Hat' });
    await expect.poll(() => beret.getAttribute('aria-pressed')).toBe('true');
  });

  it('does not begin anew when its time does', async () => {
    const node = home(null);
    render(Phone);
    await fireEvent.click(await screen.findByRole('button', { name: 'beret, Hat' }));
    const asked = node.asked.filter(({ verb }) => verb === 'persona.show').length;
    use(node, { ...visit, until: visit.until + 600_000 });
    await screen.findByText(new RegExp(`Open until ${clock(visit.until + 600_000)}`));
    expect(node.asked.filter(({ verb }) => verb === 'persona.show')).toHaveLength(asked);
    expect(screen.getByRole('button', { name: 'Undo' })).toHaveProperty('disabled', false);
  });

  it('says that other phones take the room', async () => {
    const node = home(null, null);
    const stop = onChange(() => {});
    render(Phone);
    node.connection('full');
    expect(await screen.findByRole('heading', { name: 'Too many phones are connected' })).toBeTruthy();
    expect(screen.queryByText(/must be on the same network/)).toBeNull();
    stop();
  });

  it('opens the editor for who scanned, without a way to the phone, and says when the picture is out', async () => {
    const node = home(null);
    render(Phone);
    await fireEvent.click(await screen.findByRole('button', { name: 'beret, Hat' }));
    await fireEvent.click(screen.getByRole('button', { name: 'More' }));
    expect(screen.queryByText('Continue on your phone…')).toBeNull();
    await fireEvent.click(screen.getByRole('button', { name: 'Publish' }));
    expect(await screen.findByText(OUT)).toBeTruthy();
    expect(screen.getByRole('heading', { name: 'Alice' })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Change it' })).toBeTruthy();
    expect(screen.queryByText(/as they come online/)).toBeNull();
    const verbs = new Set(node.asked.map(({ verb }) => verb));
    expect([...verbs].sort()).toEqual(['persona.accessories', 'persona.preview', 'persona.set', 'persona.show']);
  });

  it('shows the home to who left the editor before, and opens it again when asked', async () => {
    sessionStorage.setItem('stoa-phone-left', 'yes');
    home(WORN);
    render(Phone);
    expect(await screen.findByText('This is how your contacts see you.')).toBeTruthy();
    expect(screen.queryByRole('dialog')).toBeNull();
    await fireEvent.click(screen.getByRole('button', { name: 'Change it' }));
    expect(await screen.findByRole('button', { name: 'beret, Hat' })).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Close' }));
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
  });

  it('says that it connects, what to look at when it cannot, and that it is over', async () => {
    const node = home(null, null);
    const stop = onChange(() => {});
    render(Phone);
    expect(screen.getByRole('heading', { name: 'Connecting to Stoa' })).toBeTruthy();
    node.connection('reconnecting');
    expect(await screen.findByText(/must be on the same network/)).toBeTruthy();
    node.connection('ended');
    expect(await screen.findByRole('heading', { name: 'This code no longer works' })).toBeTruthy();
    stop();
  });

  it('keeps the editor while the connection is away, and says that it is', async () => {
    const node = home(null);
    render(Phone);
    await screen.findByRole('button', { name: 'beret, Hat' });
    node.connection('reconnecting');
    expect(await screen.findByText(/reconnecting…/)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'beret, Hat' })).toBeTruthy();
    node.connection('connected');
    await expect.poll(() => screen.queryByText(/reconnecting…/)).toBeNull();
  });
});
