import type { Card, Message, Share, Problem, ShareItem, ShareState } from '$lib/ipc';
import { ErrorWithCode } from '$lib/ipc';
import type { FakeTransport } from '$lib/ipc/fake';
import { MIRA, OWNER, people, text } from './people';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const now = Date.now();
const MB = 1_000_000;

const WORDS = [
  'Fog until nine, then this.',
  'Do you still have the wide lens?',
  'Yes. It is yours until March if you want it. I packed the hood and the two filters as well; the polariser has a scratch at the rim that you never see in the picture.',
  '太好了，谢谢！周末见。',
  'ok',
  'The second roll is sharper, I think. Compare 14 and 15: same light, but the first one has the gull in it.',
  'https://en.wikipedia.org/wiki/Golden_hour_(photography) explains it better than I can.',
  'Did the lab call?\nThey said Thursday.\nOr was it Friday?',
  '😂',
  'See you at seven.',
];

/** Puts chats, shares and cards on top of a sample node. */
export function withTalks(node: FakeTransport): void {
  const gallery = new Gallery(node);
  const talks = new Map<string, Message[]>();
  const contacts = people();
  talks.set(MIRA, long(MIRA));
  const lin = contacts[1];
  if (lin) talks.set(lin.person, chinese(lin.person));
  const dad = contacts.find(({ name }) => name === 'Dad');
  if (dad) talks.set(dad.person, waiting(dad.person));

  const other = node.handlers['chat.read'];
  node.handlers['chat.read'] = async (args) => {
    const talk = talks.get(args.with);
    if (!talk) return (await other?.(args)) ?? { messages: [], more: false };
    const end = args.before ? talk.findIndex((message) => message.id === args.before) : talk.length;
    const start = Math.max(0, end - (args.limit ?? 50));
    return { messages: talk.slice(start, end), more: start > 0 };
  };
  node.handlers['chat.send'] = ({ to, text: words, reply }) => {
    if (words === 'fail') throw new ErrorWithCode('disk_full', '');
    const message: Message = { ...text(to, true, 0, words), reply, at: Date.now(), mark: 'waiting' };
    talks.set(to, [...(talks.get(to) ?? []), message]);
    node.tell({ change: 'message', of: message });
    for (const [mark, after] of [['delivered', 500], ['read', 1_500]] as const) {
      setTimeout(() => node.tell({ change: 'message', of: { ...message, mark } }), after);
    }
    return { id: message.id };
  };
  Object.assign(window, {
    says: (words: string, person = MIRA) => {
      const message: Message = { ...text(person, false, 0, words), at: Date.now(), mark: 'delivered' };
      talks.set(person, [...(talks.get(person) ?? []), message]);
      node.tell({ change: 'message', of: message });
    },
    types: (person = MIRA) => node.tell({ change: 'typing', of: { person } }),
    gallery,
  });

  node.handlers['share.list'] = (args) => gallery.list(args.with);
  node.handlers['share.show'] = ({ share }) => gallery.details(share);
  node.handlers['share.fetch'] = ({ share, only }) => gallery.fetch(share, only);
  node.handlers['share.pause'] = ({ share, paused }) => gallery.pause(share, paused);
  node.handlers['share.cancel'] = ({ share }) => gallery.cancel(share);
  node.handlers['share.revoke'] = ({ share }) => gallery.set(share, { state: 'revoked' });
  node.handlers['share.save'] = ({ only }) => ({ files: only.map((index) => `/home/aino/Pictures/${String(index)}.jpg`) });
  node.handlers['share.add'] = ({ paths, with: people, name }) => gallery.add(paths, people[0] ?? MIRA, name);
  node.handlers['card.show'] = async ({ link, theme, locale }) => {
    await new Promise((done) => setTimeout(done, 250));
    if (link.includes('away')) throw new ErrorWithCode('catalog_unreachable', '');
    return cardOf(link, theme, locale);
  };
  node.media = (id) => (id.startsWith('card') ? cardPicture(id) : landscape(id));
}

function long(person: string): Message[] {
  const talk: Message[] = [];
  for (let at = 0; at < 320; at++) {
    const ago = (320 - at) * 37 * MINUTE + HOUR;
    talk.push(text(person, at % 7 < 3, ago, WORDS[(at * 7) % WORDS.length] ?? ''));
  }
  const say = (mine: boolean, ago: number, words: string, rest: Partial<Message> = {}) => {
    const message = { ...text(person, mine, ago, words), ...rest };
    talk.push(message);
    return message;
  };
  const share = (mine: boolean, ago: number, id: string, name: string, count: number) =>
    say(mine, ago, '', { body: { kind: 'share', share: id, name, count } });
  const shop = 'https://shop.example/p/4711';
  share(true, 50 * MINUTE, 'offered', 'Lake, Sunday', 24);
  say(false, 48 * MINUTE, 'The one with the boat goes on the wall.');
  share(false, 44 * MINUTE, 'some', 'Contact sheets', 36);
  share(false, 40 * MINUTE, 'expired', 'Old drafts', 3);
  const asked = say(true, 30 * MINUTE, 'How was the harbour?');
  say(false, 25 * MINUTE, 'Fog until nine, then this.', { reply: asked.id });
  share(false, 24 * MINUTE, 'harbour', 'Harbour, first light', 200);
  say(false, 20 * MINUTE, '', { body: { kind: 'unknown' } });
  say(true, 10 * MINUTE, `Is this the tripod? ${shop}`, { body: { kind: 'text', text: `Is this the tripod? ${shop}`, cards: [shop] } });
  say(false, 8 * MINUTE, 'Yes! And they had this one away: https://shop.example/p/away', {
    body: { kind: 'text', text: 'Yes! And they had this one: https://shop.example/p/away', cards: ['https://shop.example/p/away'] },
  });
  say(false, 5 * MINUTE, 'The light at the harbour was unreal this morning', { mark: 'delivered' });
  say(false, 4 * MINUTE, 'You should have been there.', { mark: 'delivered' });
  return talk;
}

function chinese(person: string): Message[] {
  const link = 'https://shop.example/p/88';
  const talk = [
    text(person, false, 26 * HOUR, '周末去湖边吗？天气预报说是晴天。'),
    text(person, true, 25 * HOUR, '去！我带上新镜头。'),
    text(person, false, 50 * MINUTE, '周末的照片我整理好了，晚上发给你。一共两百张，挑你喜欢的就行，不用全部下载。'),
    text(person, true, 42 * MINUTE, '好，辛苦了！'),
  ];
  talk.push({ ...text(person, false, 40 * MINUTE, ''), body: { kind: 'share', share: 'lake-zh', name: '湖边的周末', count: 58 } });
  talk.push({ ...text(person, false, 38 * MINUTE, ''), body: { kind: 'text', text: `三脚架就是这个：${link}，打折呢`, cards: [link] } });
  return talk;
}

function waiting(person: string): Message[] {
  return [
    text(person, false, 30 * HOUR, 'Got them all. The one with the dog goes on the wall.'),
    { ...text(person, true, 2 * HOUR, 'Which size should I print?'), mark: 'waiting' },
    { ...text(person, true, HOUR, 'I would say 30 by 40.'), mark: 'waiting' },
  ];
}

/** Shares in every state; what is fetched really moves. */
class Gallery {
  readonly #shares = new Map<string, { share: Share; items: ShareItem[] }>();
  readonly #node: FakeTransport;

  constructor(node: FakeTransport) {
    this.#node = node;
    const lin = people()[1]?.person ?? MIRA;
    this.#make('harbour', MIRA, 'Harbour, first light', 200, 'open', 0);
    this.#make('some', MIRA, 'Contact sheets', 36, 'open', 12);
    this.#make('all', MIRA, 'Gulls', 9, 'open', 9);
    this.#make('expired', MIRA, 'Old drafts', 3, 'expired', 0);
    this.#make('lake-zh', lin, '湖边的周末', 58, 'open', 0);
    this.#make('offered', OWNER, 'Lake, Sunday', 24, 'open', 24);
    const sheet = this.#shares.get('some');
    const broken = sheet?.items[15];
    if (sheet && broken) sheet.items[15] = { ...broken, state: 'failed' };
    setInterval(() => this.#move(), 250);
  }

  list(person: string | null): Share[] {
    return [...this.#shares.values()]
      .map(({ share }) => share)
      .filter((share) => person === null || share.owner === person || share.with.includes(person));
  }

  details(id: string) {
    const { share, items } = this.#of(id);
    const fetched = share.mine ? [{ person: MIRA, count: 5, items: [1, 2, 3, 7, 9] }] : [];
    return { share, items, fetched };
  }

  fetch(id: string, only: number[]) {
    const { share, items } = this.#of(id);
    for (const [at, item] of items.entries()) {
      if (item.state === 'here' || (only.length > 0 && !only.includes(item.index))) continue;
      items[at] = { ...item, state: 'wanted' };
      this.#tellItem(id, at);
    }
    const goal = items.filter((item) => item.state !== 'listed').reduce((sum, item) => sum + item.size, 0);
    return this.set(id, { wanted: items.filter((item) => item.state === 'wanted').length, paused: false, goal, rate: share.rate });
  }

  pause(id: string, paused: boolean) {
    return this.set(id, { paused, rate: 0 });
  }

  cancel(id: string) {
    const { items } = this.#of(id);
    for (const [at, item] of items.entries()) {
      if (item.state !== 'wanted' && item.state !== 'fetching') continue;
      items[at] = { ...item, state: 'listed', done: 0 };
      this.#tellItem(id, at);
    }
    return this.set(id, { wanted: 0, rate: 0, paused: false });
  }

  add(paths: string[], person: string, name: string | null) {
    const id = `new${String(Date.now())}`;
    this.#make(id, OWNER, name ?? 'Today', Math.max(paths.length, 40), 'preparing', 0, person);
    this.#tell(id);
    return { share: id };
  }

  set(id: string, change: Partial<Share>) {
    const entry = this.#of(id);
    entry.share = { ...entry.share, ...change };
    this.#tell(id);
    return {};
  }

  #of(id: string) {
    const entry = this.#shares.get(id);
    if (!entry) throw new ErrorWithCode('not_found', id);
    return entry;
  }

  #tell(id: string) {
    this.#node.tell({ change: 'share', of: this.#of(id).share });
  }

  #tellItem(id: string, at: number) {
    const item = this.#of(id).items[at];
    if (item) this.#node.tell({ change: 'share_item', of: { share: id, item } });
  }

  #move() {
    for (const [id, { share, items }] of this.#shares) {
      if (share.state === 'preparing') {
        const here = Math.min(share.count, share.here + 1);
        const unreadable = ['notes.pdf', 'IMG_0031.jpg'].map((file): Problem => ({ file, code: 'picture_unreadable', message: '' }));
        const problems = here > 20 ? unreadable : share.problems;
        this.set(id, { here, problems, state: here === share.count ? 'open' : 'preparing' });
      }
      if (share.wanted === 0 || share.paused) continue;
      const at = items.findIndex((item) => item.state === 'wanted' || item.state === 'fetching');
      const item = items[at];
      if (!item) continue;
      const done = Math.min(item.size, item.done + 1.1 * MB);
      const state = done === item.size ? 'here' : 'fetching';
      items[at] = { ...item, done, state, preview: state === 'here' ? `big-${item.thumbnail}` : '' };
      this.#tellItem(id, at);
      const here = items.filter((one) => one.state === 'here').length;
      const wanted = items.filter((one) => one.state === 'wanted' || one.state === 'fetching').length;
      this.set(id, {
        here,
        wanted,
        rate: wanted > 0 ? 4.4 * MB : 0,
        done: items.filter((one) => one.state !== 'listed').reduce((sum, one) => sum + one.done, 0),
      });
    }
  }

  #make(id: string, owner: string, name: string, count: number, state: ShareState, here: number, to = MIRA) {
    const mine = owner === OWNER;
    const items: ShareItem[] = Array.from({ length: count }, (_, at) => {
      const wide = at % 5 !== 2;
      const is = at < here;
      return {
        index: at + 1,
        name: `IMG_${String(2400 + at * 3)}.jpg`,
        hash: `${id}${String(at)}`.padEnd(64, '0'),
        size: (2.1 + ((at * 37) % 40) / 10) * MB,
        width: wide ? 6000 : 4000,
        height: wide ? 4000 : 6000,
        thumbnail: `${id}-${String(at)}${wide ? '' : '-tall'}`,
        preview: is ? `big-${id}-${String(at)}${wide ? '' : '-tall'}` : '',
        state: is ? 'here' : 'listed',
        done: 0,
      };
    });
    const size = items.reduce((sum, item) => sum + item.size, 0);
    this.#shares.set(id, {
      items,
      share: {
        id, name, owner, mine, count, size, state, here,
        with: [mine ? to : OWNER],
        at: now - 30 * MINUTE,
        expires: now + (state === 'expired' ? -DAY : 15 * DAY),
        wanted: 0, paused: false, rate: 0, goal: items.slice(0, here).reduce((sum, item) => sum + item.size, 0), problems: [],
        done: items.slice(0, here).reduce((sum, item) => sum + item.size, 0),
        cover: items.slice(0, 4).map((item) => item.thumbnail),
      },
    });
  }
}

function svg(width: number, height: number, inside: string): string {
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}" width="${String(width)}" height="${String(height)}">${inside}</svg>`)}`;
}

/** A drawn landscape, another for each id. */
function landscape(id: string): string {
  let seed = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  const next = (to: number) => (seed = (seed * 1_103_515_245 + 12_345) >>> 0) % to;
  const [w, h] = id.includes('tall') ? [400, 600] : [600, 400];
  const hue = next(360);
  const hill = (y: number, light: number) =>
    `<path fill="hsl(${String(hue + 30)} 30% ${String(light)}%)" d="M0 ${String(y)} Q ${String(w * 0.25)} ${String(y - 40 - next(90))} ${String(w / 2)} ${String(y)} T ${String(w)} ${String(y - next(60))} V ${String(h)} H0Z"/>`;
  return svg(w, h, `<rect width="100%" height="100%" fill="hsl(${String(hue)} 45% 74%)"/><circle cx="${String(next(w))}" cy="${String(60 + next(110))}" r="${String(18 + next(34))}" fill="hsl(${String(hue + 20)} 80% 90%)"/>${hill(h * 0.55, 58)}${hill(h * 0.7, 42)}${hill(h * 0.85, 26)}`);
}

function cardOf(link: string, theme: string, locale: string): Card {
  const zh = locale.startsWith('zh');
  return {
    picture: `card|${theme}|${zh ? 'zh' : 'en'}`,
    width: 360, height: 128,
    title: zh ? '旅行三脚架 K-4' : 'Travel tripod K-4',
    price: zh ? '€189.00' : '€189.00',
    catalog: 'https://shop.example',
    as_of: now - 3 * HOUR,
    offline: link.endsWith('88'),
    link,
    code: '4711',
    seller: 'Shop Example',
    description: zh ? '碳纤维，四节，1.2 千克。' : 'Carbon fibre, four sections, 1.2 kg.',
  };
}

function cardPicture(id: string): string {
  const [, theme, locale] = id.split('|');
  const [ground, ink, soft] = theme === 'dark' ? ['#22272d', '#e8e6e1', '#9aa3ae'] : ['#ffffff', '#1d2126', '#5b6470'];
  const title = locale === 'zh' ? '旅行三脚架 K-4' : 'Travel tripod K-4';
  return svg(360, 128, `<rect width="360" height="128" fill="${ground ?? ''}"/><rect width="128" height="128" fill="#b9cdb0"/><path d="M72 30 l-28 90 M72 30 l28 90 M72 30 v90" stroke="#2b3a2b" stroke-width="5"/><text x="148" y="44" font-family="sans-serif" font-weight="600" font-size="16" fill="${ink ?? ''}">${title}</text><text x="148" y="68" font-family="sans-serif" font-size="12" fill="${soft ?? ''}">Shop Example ✓</text><text x="148" y="120" font-family="sans-serif" font-weight="600" font-size="20" fill="${ink ?? ''}">€189.00</text>`);
}
