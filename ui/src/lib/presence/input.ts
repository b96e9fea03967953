import { call } from '$lib/ipc';

/** Input is told at most this often while it goes on. */
const EVERY_MS = 30_000;
const INPUTS = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

/**
 * Tells the node about input in this window, where the node cannot see it by itself: at once after a pause, then every
 * half minute while it goes on. Returns the way to stop.
 */
export function watchInput(): () => void {
  const ears = new AbortController();
  let last = 0;
  let told = Number.NEGATIVE_INFINITY;
  let later: ReturnType<typeof setTimeout> | undefined;

  const tell = () => {
    clearTimeout(later);
    later = undefined;
    const now = Date.now();
    told = now;
    const idle = Math.round((now - last) / 1000);
    // One that is lost is made good by the next.
    call('presence.active', { idle, source: 'window' }).catch(() => {});
  };
  const input = () => {
    last = Date.now();
    if (last - told >= EVERY_MS) tell();
    else later ??= setTimeout(tell, EVERY_MS - (last - told));
  };

  void call('presence.idle', { minutes: null }).then(
    ({ source }) => {
      if (source !== 'window' || ears.signal.aborted) return;
      for (const name of INPUTS) window.addEventListener(name, input, { signal: ears.signal, passive: true, capture: true });
      input();
    },
    () => {},
  );
  return () => {
    ears.abort();
    clearTimeout(later);
  };
}
