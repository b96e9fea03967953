import type { ErrorCode } from '$lib/ipc';
import { m } from '$lib/paraglide/messages';

const SENTENCES: Record<ErrorCode, () => string> = {
  bad_request: m.shared_error_bad_request,
  not_found: m.shared_error_not_found,
  ambiguous: m.shared_error_ambiguous,
  home_in_use: m.shared_error_home_in_use,
  home_locked: m.shared_error_home_locked,
  no_node: m.shared_error_no_node,
  invite_invalid: m.shared_error_invite_invalid,
  invite_expired: m.shared_error_invite_expired,
  invite_used: m.shared_error_invite_used,
  peer_unreachable: m.shared_error_peer_unreachable,
  refused: m.shared_error_refused,
  too_many: m.shared_error_too_many,
  blocked: m.shared_error_blocked,
  too_large: m.shared_error_too_large,
  file_unreadable: m.shared_error_file_unreadable,
  picture_unreadable: m.shared_error_picture_unreadable,
  unsupported: m.shared_error_unsupported,
  disk_full: m.shared_error_disk_full,
  share_ended: m.shared_error_share_ended,
  catalog_unreachable: m.shared_error_catalog_unreachable,
  catalog_invalid: m.shared_error_catalog_invalid,
  no_card: m.shared_error_no_card,
  changed: m.shared_error_changed,
  gtin_taken: m.sellers_gtin_taken,
  internal: m.shared_error_internal,
  unreachable: m.shared_error_unreachable,
};

/** What happened, what is safe, what to do. A code this window does not know yet reads as a fault in Stoa. */
export function errorSentence(code: ErrorCode): string {
  return (SENTENCES[code] ?? m.shared_error_internal)();
}
