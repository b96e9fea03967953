import type { Share } from '$lib/ipc';
import { duration, fullTime, m } from '$lib/shared';

const SOON_MS = 2 * 86_400_000;

/** How long a share can still be fetched, in words. */
export function expiryOf(share: Share, now = Date.now()): string {
  if (share.state === 'revoked') return m.photos_revoked();
  const left = share.expires - now;
  if (share.state === 'expired' || left <= 0) return m.photos_expired();
  if (left < SOON_MS) return m.photos_expires_soon({ left: duration(left / 1000) });
  return m.photos_expires({ left: duration(left / 1000) });
}

export function expiryTitle(share: Share): string {
  return fullTime(share.expires);
}

/** The last part of a path of either kind of system. */
export function nameOf(path: string): string {
  return path.split(/[/\\]/).filter(Boolean).at(-1) ?? path;
}
