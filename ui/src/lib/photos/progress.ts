import type { Share } from '$lib/ipc';

/** What a share's tile is about right now. */
export type Stage =
  | 'preparing'
  | 'failed'
  | 'ended'
  /** Own and offered. */
  | 'offered'
  /** Someone else's, nothing asked for. */
  | 'listed'
  | 'fetching'
  | 'waiting'
  | 'paused'
  /** Some are here, nothing more is asked for. */
  | 'some'
  | 'here';

export function stageOf(share: Share): Stage {
  if (share.state === 'preparing') return 'preparing';
  if (share.state === 'failed') return 'failed';
  if (share.state === 'expired' || share.state === 'revoked') return 'ended';
  if (share.mine) return 'offered';
  if (share.wanted > 0) return share.paused ? 'paused' : share.rate > 0 ? 'fetching' : 'waiting';
  if (share.here === 0) return 'listed';
  return share.here < share.count ? 'some' : 'here';
}

/** Of the bytes asked for, from 0 to 1. */
export function fraction(share: Share): number {
  return share.goal > 0 ? Math.min(1, share.done / share.goal) : 0;
}

/** Seconds; null when nothing moves. */
export function timeLeft(share: Share): number | null {
  return share.rate > 0 ? Math.max(0, share.goal - share.done) / share.rate : null;
}
