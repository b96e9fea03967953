import type { Message } from '$lib/ipc';
import { m } from '$lib/shared';

const LONGEST = 160;

/** A message in one line of text. */
export function lineOf(message: Message): string {
  switch (message.body.kind) {
    case 'text': {
      const line = message.body.text.replace(/\s+/gu, ' ').trim();
      return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
    }
    case 'share':
      return m.conversations_line_share({ name: message.body.name, count: message.body.count });
    case 'unknown':
      return m.conversations_unknown();
  }
}
