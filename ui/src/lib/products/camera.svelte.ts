import { call, expectCamera, pictures, type PictureCode } from '$lib/ipc';

/** Between two frames that are read. */
const PAUSE_MS = 500;
/** Without a code the camera goes off after this: each frame is a file on the node until it is swept. */
const LONGEST_MS = 120_000;
/** The longer side of a frame that is read, px. */
const SIDE = 1_280;

export type CameraState = 'off' | 'asking' | 'on' | 'refused' | 'none' | 'tired' | 'failed';

/** The camera, on only between `start` and `stop`. Frames are read one after the other. */
export class Camera {
  state = $state<CameraState>('off');
  stream = $state.raw<MediaStream | null>(null);
  #turn = 0;

  /** Whether this window can have one at all. */
  static get possible(): boolean {
    return typeof navigator.mediaDevices?.getUserMedia === 'function';
  }

  async start(): Promise<void> {
    this.stop();
    const turn = this.#turn;
    if (!Camera.possible) {
      this.state = 'none';
      return;
    }
    this.state = 'asking';
    try {
      const video = { facingMode: 'environment', width: { ideal: 1_920 }, height: { ideal: 1_080 } };
      await expectCamera();
      const stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
      if (turn !== this.#turn) {
        end(stream);
        return;
      }
      this.stream = stream;
      this.state = 'on';
    } catch (reason) {
      if (turn === this.#turn) this.state = why(reason);
    }
  }

  stop(): void {
    this.#turn++;
    if (this.stream) end(this.stream);
    this.stream = null;
    this.state = 'off';
  }

  /** Reads what the camera shows until a code is found; null when it was stopped or gave up. */
  async look(video: HTMLVideoElement): Promise<readonly PictureCode[] | null> {
    const turn = this.#turn;
    const until = performance.now() + LONGEST_MS;
    while (turn === this.#turn) {
      if (performance.now() > until) {
        this.stop();
        this.state = 'tired';
        return null;
      }
      const frame = await frameOf(video);
      const found = frame && turn === this.#turn ? await this.#read(frame, turn) : [];
      if (turn !== this.#turn) return null;
      if (found.some((code) => code.show !== null)) return found;
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
    return null;
  }

  async #read(frame: Blob, turn: number): Promise<readonly PictureCode[]> {
    try {
      const [path] = await pictures.upload([new File([frame], 'camera.jpg', { type: 'image/jpeg' })]);
      return path ? await call('card.codes', { path, thorough: false }) : [];
    } catch {
      if (turn === this.#turn) {
        this.stop();
        this.state = 'failed';
      }
      return [];
    }
  }
}

function end(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function why(reason: unknown): CameraState {
  const name = reason instanceof Error ? reason.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  return name === 'NotFoundError' || name === 'OverconstrainedError' ? 'none' : 'failed';
}

async function frameOf(video: HTMLVideoElement): Promise<Blob | null> {
  if (video.videoWidth === 0) return null;
  const shrink = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(video.videoWidth * shrink);
  canvas.height = Math.round(video.videoHeight * shrink);
  canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85));
}
