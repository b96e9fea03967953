import type { Message } from '$lib/ipc';

const TOGETHER_MS = 5 * 60_000;

/**
 * One line of the list: a message and what stands above it. Marks belong to their message's row, so that older
 * pages put in front change no other row.
 */
export interface Row {
  message: Message;
  /** First of its day: its date stands above. */
  day: boolean;
  /** First that was new when the conversation was opened. */
  unread: boolean;
  /** First and last of a run by one author with gaps of at most 5 minutes. */
  first: boolean;
  last: boolean;
}

export function rows(messages: readonly Message[], firstUnread: string | null): Row[] {
  return messages.map((message, index) => {
    const before = messages[index - 1];
    const after = messages[index + 1];
    return {
      message,
      day: before === undefined || !sameDay(before.at, message.at),
      unread: message.id === firstUnread,
      first: before === undefined || message.id === firstUnread || !together(before, message),
      last: after === undefined || after.id === firstUnread || !together(message, after),
    };
  });
}

function together(earlier: Message, later: Message): boolean {
  return (
    earlier.author === later.author && later.at - earlier.at <= TOGETHER_MS && sameDay(earlier.at, later.at)
  );
}

function sameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}
