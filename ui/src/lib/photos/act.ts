import { call } from '$lib/ipc';
import { toasts } from '$lib/shared';

/** What can be done with a share. A refusal is said where the owner sees it; the new state comes as a change. */
export const act = {
  fetch: (share: string, only: number[] = []) => told(call('share.fetch', { share, only })),
  pause: (share: string, paused: boolean) => told(call('share.pause', { share, paused })),
  revoke: (share: string, from: string | null) => told(call('share.revoke', { share, from })),
  cancel: (share: string) => told(call('share.cancel', { share })),
};

async function told(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (reason) {
    toasts.failed(reason);
  }
}
