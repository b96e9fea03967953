import { SvelteMap } from 'svelte/reactivity';
import { call, ErrorWithCode, onChange, phone, pictures, withCode, type Accessory, type Crop, type ErrorCode, type Face, type Recipe, type Worn } from '$lib/ipc';
import { bytesOf, type Chosen } from '$lib/shared';
import { draft } from './draft';
import { History } from './history.svelte';
import { blobOf, Preview, WHOLE } from './preview.svelte';
import { adjust, covers, emptyRecipe, moveFace, place, restack, same, slotOf, wear, type Measure, type Place, type Wardrobe } from './recipe';

/** A photo, upright, that can still be cut otherwise. */
export interface Photo {
  source: Source;
  pixels: ImageBitmap;
  crop: Crop | null;
}

/** A file of this page, or a path on the node's machine. */
type Source = File | string;

/** The owner's picture while it is made. */
export class Editor {
  readonly preview = new Preview();
  readonly history = new History(emptyRecipe());
  wardrobe = $state.raw<Wardrobe | null>(null);
  failed = $state<ErrorCode | null>(null);
  /** What did not work while making it; the recipe is as it was. */
  trouble = $state<ErrorCode | null>(null);
  /** The worn item that the tools change. */
  chosen = $state<string | null>(null);
  /** The face frame is shown. */
  facing = $state(false);
  published = $state(false);
  busy = $state<'photo' | 'save' | 'keep' | null>(null);
  /** Being cut. */
  cutting = $state.raw<Photo | null>(null);
  photo = $state.raw<Photo | null>(null);
  readonly #aspects = new SvelteMap<string, number>();
  #kept = $state.raw(emptyRecipe());
  #ended = false;

  get recipe(): Recipe {
    return this.history.now;
  }

  get changed(): boolean {
    return !same(this.recipe, this.#kept);
  }

  /** Nothing to show yet: no photo, nothing worn, nothing published. */
  get untouched(): boolean {
    return !this.published && !this.changed;
  }

  get worn(): Worn | null {
    return this.recipe.worn.find(({ item }) => item === this.chosen) ?? null;
  }

  item(name: string): Accessory | null {
    return this.wardrobe?.items.find(({ item }) => item === name) ?? null;
  }

  /** Learns the shape of an item's drawing from its picture. */
  measured(name: string, { naturalWidth, naturalHeight }: HTMLImageElement): void {
    if (naturalWidth > 0) this.#aspects.set(name, naturalHeight / naturalWidth);
  }

  /** Where a worn item lies in the picture, once its shape is known. */
  placeOf(worn: Worn): Place | null {
    const item = this.item(worn.item);
    const slot = this.wardrobe?.slots.find((each) => each.slot === item?.slot);
    const aspect = this.#aspects.get(worn.item);
    return item && slot && aspect !== undefined ? place(slot, item, this.recipe.face, worn, aspect) : null;
  }

  /** What it is turned and scaled about. */
  anchorOf(worn: Worn): { x: number; y: number } | null {
    const item = this.item(worn.item);
    const slot = this.wardrobe?.slots.find((each) => each.slot === item?.slot);
    return item && slot ? place(slot, { ...item, anchor: [0.5, 0.5] }, this.recipe.face, worn, 1) : null;
  }

  /** The worn item at a point of the picture: the smallest, so that glasses are found on a face in a frame. */
  hit(at: { x: number; y: number }): string | null {
    const places = this.recipe.worn.map((worn) => ({ name: worn.item, place: this.placeOf(worn) }));
    const area = (lies: Place | null) => (lies ? lies.width * lies.height : Infinity);
    return places.filter((one) => one.place && covers(one.place, at)).sort((one, other) => area(one.place) - area(other.place))[0]?.name ?? null;
  }

  /** Whether a point lies on the chosen item. */
  holds(at: { x: number; y: number }): boolean {
    const lies = this.worn && this.placeOf(this.worn);
    return lies !== null && covers(lies, at);
  }

  wears(name: string): boolean {
    return this.recipe.worn.some(({ item }) => item === name);
  }

  /** Reads and follows until the answer is called. */
  start(): () => void {
    const stop = onChange(({ change, of }) => {
      if (change === 'accessories' || change === 'lagged') void (this.wardrobe ? this.#readWardrobe() : this.read());
      // What was asked while the connection broke was not answered.
      if (change === 'lagged' && this.preview.failed) this.#drawn();
      // What another window published is taken over, unless something is being made here.
      if (change === 'persona' && of.recipe && !this.changed && this.busy === null) this.#take(of.recipe, of.picture !== null);
    });
    void this.read();
    return () => {
      this.#ended = true;
      stop();
      this.preview.stop();
      this.photo?.pixels.close();
    };
  }

  async read(): Promise<void> {
    this.failed = null;
    const kept = phone.here ? draft.kept : null;
    try {
      const [persona, wardrobe] = await Promise.all([call('persona.show', { contact: null }), call('persona.accessories', {})]);
      this.#take(persona.recipe ?? emptyRecipe(), persona.picture !== null);
      if (kept) this.#change(kept);
      // Last, as it opens the ring: what is put on from then on stays.
      this.wardrobe = wardrobe;
    } catch (reason) {
      this.failed = withCode(reason).code;
    }
  }

  toggle(item: Accessory): void {
    if (!this.wardrobe) return;
    this.#change(wear(this.recipe, item, this.wardrobe));
    this.chosen = this.wears(item.item) ? item.item : null;
    if (this.chosen) this.facing = false;
  }

  remove(name: string): void {
    this.#change({ ...this.recipe, worn: this.recipe.worn.filter(({ item }) => item !== name) });
  }

  adjust(change: Partial<Pick<Worn, Measure>>, kind = ''): void {
    if (this.chosen) this.#change(adjust(this.recipe, this.chosen, change), kind && `${kind} ${this.chosen}`);
  }

  restack(name: string, by: 1 | -1): void {
    this.#change(restack(this.recipe, name, by));
  }

  moveFace(face: Face, kind = ''): void {
    this.#change(moveFace(this.recipe, face), kind);
  }

  undo(): void {
    this.history.undo();
    this.#drawn();
  }

  redo(): void {
    this.history.redo();
    this.#drawn();
  }

  useFigure(): void {
    this.#change({ ...this.recipe, photo: null, face: emptyRecipe().face });
    this.#keep(null);
  }

  /** A photo that was chosen, dropped or pasted: cut first where it can be shown. */
  async begin(what: Chosen): Promise<void> {
    const source = 'files' in what ? what.files[0] : what.paths[0];
    if (source === undefined) return;
    const shown = await this.#work('photo', async () => {
      this.cutting = { source, pixels: await pixelsOf(source), crop: null };
    });
    // What cannot be shown may still be read by the node, which takes the middle.
    if (!shown && (await this.#based(source, null))) this.#keep(null);
  }

  /** Takes the part that was cut. */
  async cut(crop: Crop): Promise<void> {
    const photo = this.cutting;
    if (!photo) return;
    if (!(await this.#based(photo.source, crop))) return;
    this.cutting = null;
    this.#keep({ ...photo, crop });
  }

  cutAgain(): void {
    this.cutting = this.photo;
  }

  cancelCut(): void {
    if (this.cutting?.pixels !== this.photo?.pixels) this.cutting?.pixels.close();
    this.cutting = null;
  }

  async save(): Promise<boolean> {
    return this.#work('save', async () => {
      const recipe = this.recipe;
      await call('persona.set', { recipe });
      this.#kept = recipe;
      this.published = true;
      if (phone.here) draft.keep(null);
    });
  }

  /** Contacts see the initial again. */
  async takeBack(): Promise<void> {
    await call('persona.clear', {});
    this.#keep(null);
    this.#take(emptyRecipe(), false);
  }

  /** The picture at 1,024 px, as it would be published. */
  async whole(): Promise<Blob> {
    return blobOf(await call('persona.preview', { recipe: this.recipe, side: WHOLE }));
  }

  async #readWardrobe(): Promise<void> {
    try {
      this.wardrobe = await call('persona.accessories', {});
    } catch {
      // What was there stays until the next word of it.
    }
  }

  async #based(source: Source, crop: Crop | null): Promise<boolean> {
    return this.#work('photo', async () => {
      const { photo } = await call('persona.photo', { path: await pathOf(source), crop });
      // It was cut so that the face lies where accessories expect it.
      this.#change({ ...this.recipe, photo, face: emptyRecipe().face });
    });
  }

  async #work(what: 'photo' | 'save', work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = what;
    this.trouble = null;
    try {
      await work();
      return true;
    } catch (reason) {
      this.trouble = withCode(reason).code;
      return false;
    } finally {
      this.busy = null;
    }
  }

  #keep(photo: Photo | null): void {
    if (this.photo && this.photo.pixels !== photo?.pixels) this.photo.pixels.close();
    this.photo = photo;
  }

  #take(recipe: Recipe, published: boolean): void {
    this.#kept = recipe;
    this.published = published;
    this.history.restart(recipe);
    this.#drawn();
  }

  #change(next: Recipe, kind = ''): void {
    this.trouble = null;
    this.history.change(next, kind);
    this.#drawn();
  }

  #drawn(): void {
    // Undo may have taken off what was chosen, or put another of its slot on.
    if (this.chosen && !this.wears(this.chosen)) {
      const { wardrobe } = this;
      const slot = this.item(this.chosen)?.slot;
      this.chosen = (wardrobe && this.recipe.worn.find((worn) => slotOf(wardrobe, worn) === slot)?.item) ?? null;
    }
    // What comes late belongs to nobody.
    if (phone.here && !this.#ended) draft.keep(this.changed ? this.recipe : null);
    this.preview.draw(this.recipe);
  }
}

/** As the page can draw it: what it cannot read itself is read by the node. */
async function pixelsOf(source: Source): Promise<ImageBitmap> {
  try {
    if (source instanceof File) return await createImageBitmap(source);
  } catch {
    // A format of which the page knows nothing.
  }
  // To a phone the node shows nothing but the picture itself.
  if (phone.here) throw new ErrorWithCode('refused', 'not on a phone');
  const { id } = await call('scheme.prepare', { part: 'picture', path: await pathOf(source) });
  return createImageBitmap(await bytesOf(id));
}

async function pathOf(source: Source): Promise<string> {
  if (typeof source === 'string') return source;
  const [path] = await pictures.upload([source]);
  return path ?? '';
}
