import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { use, type Accessory, type Persona, type Recipe } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { media } from '../../../tests/samples';
import { along, groupsOf, places } from './circle';
import { Square } from './crop.svelte';
import { Editor } from './editor.svelte';
import { History } from './history.svelte';
import { onKey } from './keys';
import PersonaEditor from './PersonaEditor.svelte';
import { adjust, covers, emptyRecipe, place, restack, wear, type Wardrobe } from './recipe';

const SLOTS: Wardrobe['slots'] = [
  { slot: 'coat', measured: 'face', x: 0, y: 1.25 },
  { slot: 'glasses', measured: 'face', x: 0, y: -0.12 },
  { slot: 'hat', measured: 'face', x: 0, y: -0.55 },
  { slot: 'frame', measured: 'picture', x: 0.5, y: 0.5 },
];

function item(name: string, slot: string, rest: Partial<Accessory> = {}): Accessory {
  return { item: `stoa/${name}`, slot, names: { en: name, 'zh-CN': `中${name}` }, pack: '', id: `accessory/stoa/${name}`, anchor: [0.5, 0.5], width: 1, ...rest };
}

const [beret, crown, round, coat, laurel] = [item('beret', 'hat'), item('crown', 'hat'), item('round', 'glasses'), item('coat', 'coat'), item('laurel', 'frame')];
const wardrobe: Wardrobe = { slots: SLOTS, items: [beret, crown, round, coat, laurel] };
const names = (recipe: Recipe) => recipe.worn.map(({ item }) => item);

function persona(recipe: Recipe | null = null): Persona {
  return { person: 'a1', version: recipe ? 1 : 0, time: 1, picture: recipe ? { small: 's', large: 'l' } : null, recipe };
}

function home(recipe: Recipe | null = null): FakeTransport {
  const node = new FakeTransport(
    {
      'persona.show': () => persona(recipe),
      'persona.accessories': () => structuredClone(wardrobe),
      'persona.preview': () => ({ mime: 'image/png', base64: '' }),
      'persona.photo': () => ({ photo: 'f0'.repeat(32) }),
      'persona.set': ({ recipe }) => persona(recipe),
      'persona.clear': () => ({}),
    },
    false,
  );
  use(node);
  return node;
}

const asked = (node: FakeTransport, verb: string) => node.asked.filter((each) => each.verb === verb).map(({ args }) => args as { recipe: Recipe });

// jsdom decodes no pictures.
beforeEach(() => {
  vi.stubGlobal('createImageBitmap', () => Promise.resolve({ width: 400, height: 600, close() {} }));
  HTMLCanvasElement.prototype.getContext = (() => null) as unknown as typeof HTMLCanvasElement.prototype.getContext;
});

describe('a recipe', () => {
  it('wears one of a slot, stacked as slots are, and takes off what is chosen again', () => {
    let recipe = wear(emptyRecipe(), beret, wardrobe);
    recipe = wear(recipe, coat, wardrobe);
    recipe = wear(recipe, round, wardrobe);
    expect(names(recipe)).toEqual(['stoa/coat', 'stoa/round', 'stoa/beret']);
    recipe = wear(adjust(recipe, 'stoa/beret', { tilt: 20 }), crown, wardrobe);
    expect(names(recipe)).toEqual(['stoa/coat', 'stoa/round', 'stoa/crown']);
    expect(recipe.worn[2]?.tilt).toBe(0);
    expect(names(wear(recipe, crown, wardrobe))).toEqual(['stoa/coat', 'stoa/round']);
  });

  it('keeps the order that its owner gave it', () => {
    let recipe = [beret, coat, round].reduce((made, each) => wear(made, each, wardrobe), emptyRecipe());
    recipe = restack(recipe, 'stoa/coat', 1);
    expect(names(recipe)).toEqual(['stoa/round', 'stoa/coat', 'stoa/beret']);
    expect(restack(recipe, 'stoa/beret', 1)).toBe(recipe);
    expect(names(wear(recipe, crown, wardrobe))).toEqual(['stoa/round', 'stoa/coat', 'stoa/crown']);
  });

  it('stays within what the node takes', () => {
    const recipe = adjust(wear(emptyRecipe(), beret, wardrobe), 'stoa/beret', { x: 7, y: Number.NaN, tilt: 190, scale: 0 });
    expect(recipe.worn[0]).toEqual({ item: 'stoa/beret', x: 1, y: 0, tilt: -170, scale: 0.2 });
  });

  it('is placed as the node places it', () => {
    const [slot] = [SLOTS[2]].filter((each) => each !== undefined);
    const worn = { item: 'stoa/beret', x: 0, y: 0, tilt: 90, scale: 2 };
    const lies = place(slot as (typeof SLOTS)[0], { ...beret, anchor: [0.5, 1] }, { x: 0.5, y: 0.42, width: 0.3 }, worn, 0.5);
    // the anchor is at 0.5, 0.255; turned by 90 degrees what was above it lies to its right
    expect(lies.x).toBeCloseTo(0.65);
    expect(lies.y).toBeCloseTo(0.255);
    expect([lies.width, lies.height]).toEqual([0.6, 0.3]);
    expect(covers(lies, { x: 0.65, y: 0.5 })).toBe(true);
    expect(covers(lies, { x: 0.9, y: 0.255 })).toBe(false);
  });
});

describe('steps', () => {
  it('are one for a drag, and undone and done again', () => {
    const history = new History(emptyRecipe());
    const worn = wear(emptyRecipe(), beret, wardrobe);
    history.change(worn, '', 0);
    for (const [at, x] of [0.1, 0.2, 0.3].entries()) history.change(adjust(worn, 'stoa/beret', { x }), 'move', 100 * at);
    history.change(adjust(worn, 'stoa/beret', { x: 0.4 }), 'move', 5_000);
    history.undo();
    expect(history.now.worn[0]?.x).toBe(0.3);
    history.undo();
    expect(history.now.worn[0]?.x).toBe(0);
    history.redo();
    history.seal();
    history.change(adjust(worn, 'stoa/beret', { x: 0.9 }), 'move', 5_100);
    expect(history.canRedo).toBe(false);
    history.undo();
    expect(history.now.worn[0]?.x).toBe(0.3);
  });
});

describe('the circle', () => {
  it('has every item once, groups apart, and nothing over another', () => {
    const arcs = along(groupsOf(wardrobe));
    expect(arcs.map(({ slot }) => slot)).toEqual(['hat', 'glasses', 'coat', 'frame']);
    const angles = arcs.flatMap(({ spots }) => spots.map(({ angle }) => angle));
    const pitch = (2 * Math.PI) / places(groupsOf(wardrobe));
    for (const [at, angle] of angles.entries()) expect((angles[at + 1] ?? (angles[0] as number) + 2 * Math.PI) - angle).toBeGreaterThan(pitch * 0.99);
  });
});

describe('the part of a photo', () => {
  it('stays in the photo and says what the node asks for', () => {
    const square = new Square(400, 600);
    expect(square.crop.side).toBe(1);
    square.move(0, 5);
    expect(square.crop.y).toBeCloseTo(200 / 600);
    square.zoomTo(2, 1, 1);
    expect(square.crop).toEqual({ x: 0.5, y: (600 - 200) / 600, side: 0.5 });
    square.zoomTo(999);
    expect(square.crop.side).toBeCloseTo(0.05);
    square.move(-99, -99);
    expect(square.crop).toMatchObject({ x: 0, y: 0 });
  });
});

describe('the preview', () => {
  it('asks one question at a time and then for the newest', async () => {
    const node = home();
    const answers: (() => void)[] = [];
    node.handlers['persona.preview'] = ({ side }) =>
      side === 96 ? { mime: 'image/png', base64: '' } : new Promise((resolve) => answers.push(() => resolve({ mime: 'image/png', base64: '' })));
    const editor = new Editor();
    const stop = editor.start();
    await expect.poll(() => answers.length).toBe(1);
    for (const each of [beret, crown, round]) editor.toggle(each);
    expect(answers.length).toBe(1);
    answers[0]?.();
    await expect.poll(() => answers.length).toBe(2);
    answers[1]?.();
    await expect.poll(() => asked(node, 'persona.preview').length).toBe(3);
    const [, second, third] = asked(node, 'persona.preview');
    expect(names(second?.recipe as Recipe)).toEqual(['stoa/round', 'stoa/crown']);
    expect(third).toMatchObject({ side: 96 });
    stop();
  });
});

describe('the editor', () => {
  async function opened(recipe: Recipe | null = null) {
    const node = home(recipe);
    render(PersonaEditor, { open: true, name: 'Alice' });
    await screen.findByRole('button', { name: 'beret, Hat' });
    return node;
  }

  it('teaches an empty start, dresses by click and publishes what is shown', async () => {
    const node = await opened();
    expect(screen.getByText('Make a picture of yourself')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'beret, Hat' }));
    expect(screen.getByRole('button', { name: 'beret, Hat' }).getAttribute('aria-pressed')).toBe('true');
    await fireEvent.click(screen.getByRole('button', { name: 'crown, Hat' }));
    expect(screen.getByRole('button', { name: 'beret, Hat' }).getAttribute('aria-pressed')).toBe('false');
    await fireEvent.click(screen.getByRole('button', { name: 'Publish' }));
    await expect.poll(() => asked(node, 'persona.set').length).toBe(1);
    expect(names(asked(node, 'persona.set')[0]?.recipe as Recipe)).toEqual(['stoa/crown']);
  });

  it('moves by keys and undoes', async () => {
    await opened();
    await fireEvent.click(screen.getByRole('button', { name: 'beret, Hat' }));
    const picture = screen.getByRole('button', { name: /Your picture/ });
    const across = () => screen.getByRole<HTMLInputElement>('spinbutton', { name: 'Left–right' }).value;
    await fireEvent.keyDown(picture, { key: 'ArrowRight', shiftKey: true });
    expect(across()).toBe('2.5');
    await fireEvent.keyDown(picture, { key: ']' });
    expect(screen.getByRole<HTMLInputElement>('spinbutton', { name: 'Tilt' }).value).toBe('1');
    await fireEvent.keyDown(picture, { key: 'z', ctrlKey: true });
    await fireEvent.keyDown(picture, { key: 'z', ctrlKey: true });
    expect(across()).toBe('0.0');
    await fireEvent.keyDown(picture, { key: 'Z', ctrlKey: true, shiftKey: true });
    expect(across()).toBe('2.5');
  });

  it('asks before changes are lost, and says why publishing failed', async () => {
    const node = await opened();
    node.handlers['persona.set'] = () => Promise.reject({ code: 'disk_full', message: '' });
    await fireEvent.click(screen.getByRole('button', { name: 'beret, Hat' }));
    await fireEvent.click(screen.getByRole('button', { name: 'Publish' }));
    expect((await screen.findByText(/Not published/)).textContent).toContain('disk is full');
    await fireEvent.click(screen.getByRole('button', { name: 'Close' }));
    expect(await screen.findByText('Leave without publishing?')).toBeTruthy();
  });

  it('walks the ring by arrows', async () => {
    vi.stubGlobal('matchMedia', (media: string) => ({ media, matches: true, addEventListener() {}, removeEventListener() {} }));
    await opened();
    vi.unstubAllGlobals();
    expect(screen.getByRole('button', { name: 'laurel, Frame' })).toBeTruthy();
    const first = screen.getByRole('button', { name: 'beret, Hat' });
    first.focus();
    await fireEvent.keyDown(first, { key: 'ArrowRight' });
    expect(document.activeElement?.getAttribute('aria-label')).toBe('crown, Hat');
    await fireEvent.keyDown(document.activeElement as Element, { key: 'ArrowDown' });
    expect(document.activeElement?.getAttribute('aria-label')).toBe('round, Glasses');
    expect(screen.getByRole('button', { name: 'round, Glasses' }).tabIndex).toBe(0);
    expect(first.tabIndex).toBe(-1);
  });
});

describe('a photo', () => {
  it('is cut, uploaded and put under what is worn', async () => {
    const node = home();
    const editor = new Editor();
    const stop = editor.start();
    await expect.poll(() => editor.wardrobe).not.toBeNull();
    editor.toggle(beret);
    await editor.begin({ files: [new File(['x'], 'me.jpg', { type: 'image/jpeg' })], folder: null });
    expect(editor.cutting).not.toBeNull();
    await editor.cut({ x: 0, y: 0.1, side: 0.5 });
    expect(node.asked.find(({ verb }) => verb === 'persona.photo')?.args).toEqual({ path: '/uploads/me.jpg', crop: { x: 0, y: 0.1, side: 0.5 } });
    expect(editor.recipe.photo).toBe('f0'.repeat(32));
    expect(names(editor.recipe)).toEqual(['stoa/beret']);
    editor.undo();
    expect(editor.recipe.photo).toBeNull();
    stop();
  });

  it('dropped from the desktop is shown by the node, cut, and read where it lies', async () => {
    const node = home();
    node.handlers['scheme.prepare'] = () => media('m');
    node.handlers['media.get'] = () => ({ mime: 'image/webp', base64: '' });
    const editor = new Editor();
    const stop = editor.start();
    await expect.poll(() => editor.wardrobe).not.toBeNull();
    await editor.begin({ paths: ['/home/alice/me.jpg'] });
    expect(editor.cutting?.pixels.width).toBe(400);
    await editor.cut({ x: 0.1, y: 0, side: 0.5 });
    expect(node.asked.find(({ verb }) => verb === 'persona.photo')?.args).toEqual({ path: '/home/alice/me.jpg', crop: { x: 0.1, y: 0, side: 0.5 } });
    editor.cutAgain();
    expect(editor.cutting?.crop).toEqual({ x: 0.1, y: 0, side: 0.5 });
    stop();
  });

  it('that nobody can show goes to the node as it is, and a refusal changes nothing', async () => {
    vi.stubGlobal('createImageBitmap', (of: Blob) => (of instanceof File ? Promise.reject(new Error('no')) : Promise.resolve({ width: 1, height: 1, close() {} })));
    const node = home();
    node.handlers['persona.photo'] = () => Promise.reject({ code: 'picture_unreadable', message: '' });
    const editor = new Editor();
    const stop = editor.start();
    await expect.poll(() => editor.wardrobe).not.toBeNull();
    await editor.begin({ files: [new File(['x'], 'me.heic')], folder: null });
    expect(editor.trouble).toBe('picture_unreadable');
    expect(editor.recipe).toEqual(emptyRecipe());
    expect(editor.changed).toBe(false);
    stop();
  });
});

it('keys of fields and lists stay theirs', async () => {
  home();
  const editor = new Editor();
  const stop = editor.start();
  await expect.poll(() => editor.wardrobe).not.toBeNull();
  editor.toggle(beret);
  const field = document.createElement('input');
  const event = new KeyboardEvent('keydown', { key: 'ArrowRight' });
  Object.defineProperty(event, 'target', { value: field });
  expect(onKey(editor, event)).toBe(false);
  expect(onKey(editor, new KeyboardEvent('keydown', { key: 'Delete' }))).toBe(true);
  expect(editor.recipe.worn).toEqual([]);
  stop();
});
