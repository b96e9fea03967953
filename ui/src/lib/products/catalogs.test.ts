import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { contacts } from '$lib/contacts';
import { ErrorWithCode, use, type CardRule, type Catalog, type Hit } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { card, catalog, MARKET } from '../../../tests/products';
import { contact } from '../../../tests/samples';
import CatalogSettings from './CatalogSettings.svelte';
import { grouped, originOf } from './catalogs.svelte';
import RuleSettings from './RuleSettings.svelte';
import { expressionError, isHost } from './rules.svelte';
import SearchDialog from './SearchDialog.svelte';

function node(catalogs: Catalog[] = [catalog()], rules: CardRule[] = []) {
  const fake = new FakeTransport({
    'catalog.list': () => [...catalogs],
    'catalog.trust': ({ url }) => {
      if (url.includes('away')) throw new ErrorWithCode('catalog_unreachable', '');
      const trusted = catalog({ url, name: 'Honey & Co.', hosts: ['honey.example'] });
      catalogs.push(trusted);
      return trusted;
    },
    'catalog.answer': ({ url, hosts }) => {
      const at = catalogs.findIndex((one) => one.url === url);
      const answering = catalog({ ...catalogs[at], hosts: [...(catalogs[at]?.hosts ?? []), ...hosts], new_hosts: [] });
      catalogs[at] = answering;
      return answering;
    },
    'catalog.forget': ({ url }) => {
      catalogs.splice(catalogs.findIndex((one) => one.url === url), 1);
      return {};
    },
    'card.rules.list': () => [...rules],
    'card.rules.add': ({ rule }) => {
      rules.splice(0, rules.length, rule, ...rules.filter(({ id }) => id !== rule.id));
      return {};
    },
    'card.rules.remove': ({ id }) => {
      rules.splice(rules.findIndex((rule) => rule.id === id), 1);
      return {};
    },
    'card.rules.test': ({ text, rule }) => {
      const found = /^https:\/\/shop\.example\/p\/(\d+)/.exec(text);
      if (!found || rule?.path !== '/p/([0-9]+)') throw new ErrorWithCode('no_card', '');
      return { link: found[0], rule: rule.id, code: found[1] ?? '', catalog: MARKET };
    },
    'contact.list': () => [contact()],
    'contact.nearby': () => [],
    'contact.requests': () => [],
    'chat.send': () => ({ id: 'm' }),
    'card.show': ({ link }) => card({ link }),
  });
  use(fake);
  return fake;
}

const own: CardRule = { id: 'own-1', host: 'old.example', path: '/i/(\\w+)', param: null, value: null, gs1: false, catalog: MARKET, by_hand: true };

describe('catalogs', () => {
  it('makes an origin of what is typed, and of nothing else', () => {
    expect(originOf(' shop.example ')).toBe('https://shop.example');
    expect(originOf('http://127.0.0.1:8080/path?q')).toBe('http://127.0.0.1:8080');
    for (const wrong of ['', 'two words', 'ftp://shop.example', 'https://me@shop.example', 'javascript:alert(1)']) expect(originOf(wrong), wrong).toBeNull();
    expect(grouped('abcdef01')).toBe('abcd ef01');
  });

  it('are trusted by their address, and show what was trusted', async () => {
    node([]);
    render(CatalogSettings);
    expect(await screen.findByText('No catalogs yet')).toBeTruthy();
    const field = screen.getByLabelText('Address of a catalog');
    await fireEvent.input(field, { target: { value: 'honey.example' } });
    expect(screen.getByText(/Stoa will ask https:\/\/honey\.example/)).toBeTruthy();
    await fireEvent.submit(field);
    const fresh = within(await screen.findByRole('status'));
    expect(fresh.getByText('You now trust Honey & Co.')).toBeTruthy();
    expect(fresh.getByText(/^abab abab/)).toBeTruthy();
    expect(fresh.getByText('honey.example')).toBeTruthy();
  });

  it('say why one could not be trusted, and keep what was typed', async () => {
    node();
    render(CatalogSettings);
    const field = screen.getByLabelText<HTMLInputElement>('Address of a catalog');
    await fireEvent.input(field, { target: { value: 'away.example' } });
    await fireEvent.submit(field);
    expect(await screen.findByText(/catalog does not answer/)).toBeTruthy();
    expect(field.value).toBe('away.example');
  });

  it('that added a site answer for it after one word, and not before', async () => {
    const fake = node([catalog({ new_hosts: ['outlet.example'], taken_hosts: ['books.example'] })]);
    render(CatalogSettings);
    expect(await screen.findByText(/Market now wants to answer for outlet\.example/)).toBeTruthy();
    expect(screen.getByText('books.example')).toBeTruthy();
    expect(fake.asked.some(({ verb }) => verb === 'catalog.answer')).toBe(false);
    await fireEvent.click(screen.getByRole('button', { name: 'Allow' }));
    expect(await screen.findByText('market.example and outlet.example')).toBeTruthy();
    expect(fake.asked.find(({ verb }) => verb === 'catalog.answer')?.args).toEqual({ url: MARKET, hosts: ['outlet.example'] });
    expect(screen.queryByText(/now wants/)).toBeNull();
  });

  it('are forgotten only after a second word', async () => {
    const fake = node();
    render(CatalogSettings);
    await fireEvent.click(await screen.findByRole('button', { name: 'Forget Market' }));
    expect(fake.asked.some(({ verb }) => verb === 'catalog.forget')).toBe(false);
    await fireEvent.click(await screen.findByRole('button', { name: 'Forget' }));
    expect(await screen.findByText('No catalogs yet')).toBeTruthy();
  });
});

describe('rules', () => {
  it('see where an expression is wrong', () => {
    expect(expressionError('/p/([0-9]+)', true)).toBeNull();
    expect(expressionError('/p/(?P<code>[0-9]+)', true)).toBeNull();
    expect(expressionError('/p/([0-9]+', true)).toBe('syntax');
    for (const none of ['/p/[0-9]+', '/p/(?:[0-9]+)', '/p/\\(x\\)', '/p/[(]x']) expect(expressionError(none, true), none).toBe('no_group');
    expect(expressionError('/p/.*', false)).toBeNull();
  });

  it('know a site from an address', () => {
    for (const right of ['shop.example', '.shop.example', 'a-b.co.uk', '商店.example']) expect(isHost(right), right).toBe(true);
    for (const wrong of ['', 'localhost', 'https://shop.example', 'shop.example/p', 'shop..example', '*.shop.example']) expect(isHost(wrong), wrong).toBe(false);
  });

  it('are written with a tester beside them, and saved', async () => {
    const fake = node();
    render(RuleSettings);
    await fireEvent.click(await screen.findByRole('button', { name: 'Add a rule' }));
    const type = (label: string, value: string) => fireEvent.input(screen.getByLabelText(label), { target: { value } });
    await type('Site', 'shop.example');
    await type('Regular expression for the whole path', '/p/[0-9]+');
    expect(screen.getByText('Put the code in brackets: ([0-9]+).')).toBeTruthy();
    await type('Regular expression for the whole path', '/p/([0-9]+)');
    await type('Try a link', 'https://shop.example/p/4711?from=chat');
    expect(await screen.findByText('4711')).toBeTruthy();
    expect(screen.getByText('https://shop.example/p/4711')).toBeTruthy();
    await type('Try a link', 'https://shop.example/about');
    expect(await screen.findByText('This rule does not recognise the link.')).toBeTruthy();
    await fireEvent.submit(screen.getByLabelText('Site'));
    expect(await screen.findByText('/p/([0-9]+)')).toBeTruthy();
    const added = fake.asked.find(({ verb }) => verb === 'card.rules.add')?.args;
    expect(added).toEqual({ rule: { ...own, id: 'own-1', host: 'shop.example', path: '/p/([0-9]+)' } });
  });

  it('are changed under their id, and removed after a second word', async () => {
    const fake = node([catalog()], [own, { ...own, id: 'signed', host: 'market.example', by_hand: false }]);
    render(RuleSettings);
    expect(await screen.findByText('From catalogs: 1')).toBeTruthy();
    expect(screen.getAllByRole('button', { name: /^Change the rule/ })).toHaveLength(1);
    await fireEvent.click(screen.getByRole('button', { name: 'Change the rule for old.example' }));
    await fireEvent.input(screen.getByLabelText('Site'), { target: { value: '.old.example' } });
    await fireEvent.submit(screen.getByLabelText('Site'));
    expect(await screen.findByText('every site under old.example')).toBeTruthy();
    expect(fake.asked.find(({ verb }) => verb === 'card.rules.add')?.args).toEqual({ rule: { ...own, host: '.old.example' } });
    await fireEvent.click(screen.getByRole('button', { name: 'Remove the rule for .old.example' }));
    await fireEvent.click(await screen.findByRole('button', { name: 'Remove' }));
    expect(await screen.findByText('No rules of your own')).toBeTruthy();
  });
});

describe('the search', () => {
  const hit = (at: number): Hit => ({ code: `c${String(at)}`, title: `蜂蜜 ${String(at)}`, price: '€1.00', seller: 'Ann', link: `${MARKET}/p/${String(at)}` });

  it('finds by one character, shows cards, and sends a link to whom is open', async () => {
    const fake = node();
    fake.handlers['catalog.search'] = ({ words, after }) =>
      words === '蜜' ? { hits: [hit(after ? 2 : 1)], next: after ? null : 'more' } : { hits: [], next: null };
    const stop = contacts.start();
    render(SearchDialog, { open: true, words: '蜜', person: contact(), onsettings() {} });
    expect(await screen.findByRole('img', { name: /Honey/ })).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Show more' }));
    await expect.poll(() => screen.getAllByRole('img', { name: /Honey/ }).length).toBe(2);
    expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
    const [first] = await screen.findAllByRole('button', { name: 'Send to Bob' });
    if (first) await fireEvent.click(first);
    await expect.poll(() => fake.asked.find(({ verb }) => verb === 'chat.send')?.args).toEqual({ to: contact().person, text: `${MARKET}/p/1`, reply: null });
    stop();
  });

  it('says that nothing fits, and leads to a first catalog where there is none', async () => {
    const fake = node();
    fake.handlers['catalog.search'] = () => ({ hits: [], next: null });
    const { unmount } = render(SearchDialog, { open: true, words: 'zeppelin', person: null, onsettings() {} });
    expect(await screen.findByText('Nothing fits “zeppelin”')).toBeTruthy();
    unmount();
    node([]);
    let led = false;
    render(SearchDialog, { open: true, words: '', person: null, onsettings: () => (led = true) });
    await fireEvent.click(await screen.findByRole('button', { name: 'Trust a catalog' }));
    expect(led).toBe(true);
  });
});
