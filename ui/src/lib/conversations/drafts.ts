const KEY = 'stoa.drafts';
const MOST = 100;
const shown = new Map<string, (draft: Draft) => void>();

export interface Draft {
  text: string;
  reply: string | null;
}

/** What was typed and not sent, by person. Kept by this window; the 100 newest. */
export const drafts = {
  of(person: string): Draft {
    return read().find(([owner]) => owner === person)?.[1] ?? { text: '', reply: null };
  },

  keep(person: string, draft: Draft): void {
    const others = read().filter(([owner]) => owner !== person);
    if (draft.text !== '' || draft.reply !== null) others.push([person, draft]);
    write(others.slice(-MOST));
  },

  /** Joins a text that was not sent with what was typed since, in the composer that shows the draft now, if any. */
  giveBack(person: string, sent: Draft): void {
    const since = drafts.of(person);
    const draft = { text: joined(sent.text, since.text), reply: since.reply ?? sent.reply };
    drafts.keep(person, draft);
    shown.get(person)?.(draft);
  },

  /** Follows what is given back. Returns the way to stop. */
  follow(person: string, put: (draft: Draft) => void): () => void {
    shown.set(person, put);
    return () => {
      if (shown.get(person) === put) shown.delete(person);
    };
  },
};

export function joined(sent: string, since: string): string {
  return since === '' ? sent : `${sent}\n${since}`;
}

type Kept = [person: string, draft: Draft][];

function read(): Kept {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isKept) : [];
  } catch {
    return [];
  }
}

function write(kept: Kept): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // A full or forbidden store costs the draft after a restart, nothing else.
  }
}

function isKept(entry: unknown): entry is Kept[number] {
  return (
    Array.isArray(entry) &&
    typeof entry[0] === 'string' &&
    typeof entry[1]?.text === 'string' &&
    (entry[1].reply === null || typeof entry[1].reply === 'string')
  );
}
