import type { Message, Nearby } from '$lib/ipc';
import { m } from '$lib/shared';

/** A message in one line, for lists. */
export function lastLine(message: Message): string {
  const line = bodyLine(message);
  return message.mine ? m.contacts_you({ line }) : line;
}

function bodyLine({ body }: Message): string {
  switch (body.kind) {
    case 'text':
      return body.text.replace(/\s+/g, ' ').trim();
    case 'share':
      return m.contacts_last_share({ count: body.count, name: body.name });
    default:
      return m.contacts_last_unknown();
  }
}

/** What somebody nearby is called; those who did not answer yet go by their key's first digits. */
export function nearbyName(nearby: Nearby): string {
  return nearby.name || m.contacts_nearby_unnamed({ key: nearby.device.slice(0, 6) });
}

/** The 12 groups of a safety number. */
export function groupsOf(safetyNumber: string): string[] {
  return safetyNumber.replace(/\D/g, '').match(/\d{5}/g) ?? [];
}
