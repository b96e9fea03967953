/** A piece of a message's text; `href` when it is a link. */
export interface Part {
  text: string;
  href: string | null;
}

const LINK = /\bhttps?:\/\/[^\s<>"'`{}|\\^，。；：！？、（）《》「」『』【】“”‘’…]+/giu;
const TRAILING = /[.,;:!?*_~]+$/u;
const LONGEST = 2048;

/** Splits a text into plain parts and http(s) links. A link keeps exactly the letters the author wrote. */
export function parts(text: string): Part[] {
  const found: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const link = trimmed(match[0]);
    if (link.length > LONGEST || !safe(link)) continue;
    if (match.index > end) found.push({ text: text.slice(end, match.index), href: null });
    found.push({ text: link, href: link });
    end = match.index + link.length;
  }
  if (end < text.length) found.push({ text: text.slice(end), href: null });
  return found;
}

/** Leaves off punctuation that belongs to the sentence, and a closing bracket that the link did not open. */
function trimmed(link: string): string {
  for (;;) {
    const shorter = unbalanced(link.replace(TRAILING, ''));
    if (shorter === link) return link;
    link = shorter;
  }
}

const BRACKETS: readonly (readonly [string, string])[] = [
  ['(', ')'],
  ['[', ']'],
];

function unbalanced(link: string): string {
  for (const [open, close] of BRACKETS) {
    if (link.endsWith(close) && link.split(close).length > link.split(open).length) return link.slice(0, -1);
  }
  return link;
}

function safe(link: string): boolean {
  if (!URL.canParse(link)) return false;
  const url = new URL(link);
  return (url.protocol === 'https:' || url.protocol === 'http:') && url.hostname !== '';
}
