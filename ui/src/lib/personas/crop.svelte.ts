import type { Crop } from '$lib/ipc';

/** Of the shorter side, as the node takes it. */
const LEAST = 0.05;

/** A square over an upright photo: its left, top and side in the photo's pixels. */
export class Square {
  readonly width: number;
  readonly height: number;
  left = $state(0);
  top = $state(0);
  side = $state(0);

  /** The largest square, a little above the middle of a tall photo, where faces are. */
  constructor(width: number, height: number, crop: Crop | null = null) {
    this.width = width;
    this.height = height;
    this.side = (crop?.side ?? 1) * this.most;
    this.left = crop ? crop.x * width : (width - this.side) / 2;
    this.top = crop ? crop.y * height : (height - this.side) * 0.35;
  }

  get most(): number {
    return Math.min(this.width, this.height);
  }

  /** 1 to 20. */
  get zoom(): number {
    return this.most / this.side;
  }

  get crop(): Crop {
    const unit = (value: number) => Math.min(1, Math.max(0, value));
    return { x: unit(this.left / this.width), y: unit(this.top / this.height), side: this.side / this.most };
  }

  /** By parts of the square's side. */
  move(right: number, down: number): void {
    this.left = clamp(this.left + right * this.side, this.width - this.side);
    this.top = clamp(this.top + down * this.side, this.height - this.side);
  }

  /** Around a point of the square, in parts of its side. */
  zoomTo(zoom: number, x = 0.5, y = 0.5): void {
    const side = Math.min(this.most, Math.max(this.most * LEAST, this.most / zoom));
    const [left, top] = [this.left + x * (this.side - side), this.top + y * (this.side - side)];
    this.side = side;
    this.left = clamp(left, this.width - side);
    this.top = clamp(top, this.height - side);
  }
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(0, most), Math.max(0, value));
}
