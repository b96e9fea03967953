import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it } from 'vitest';
import { contacts } from '$lib/contacts';
import { ErrorWithCode, use, type CardCodes, type PictureCode } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { card } from '../../../tests/products';
import { contact } from '../../../tests/samples';
import FoundCodes from './FoundCodes.svelte';
import ScanDialog from './ScanDialog.svelte';
import { scanner } from './scanner.svelte';

const EAN: PictureCode = { format: 'ean-13', text: '4006381333931', show: '4006381333931' };

function scanning(read: (args: CardCodes) => PictureCode[] = () => []) {
  const node = new FakeTransport(
    {
      'card.codes': read,
      'card.show': ({ link }) => {
        if (link !== EAN.text) throw new ErrorWithCode('no_card', link);
        return card();
      },
      'contact.list': () => [contact()],
      'contact.nearby': () => [],
      'contact.requests': () => [],
      'chat.send': () => ({ id: 'm' }),
    },
    false,
  );
  use(node);
  render(ScanDialog, { person: contact() });
  scanner.show();
  return node;
}

function paste(name: string) {
  const data = { files: [new File(['x'], name, { type: 'image/png' })] };
  window.dispatchEvent(Object.assign(new Event('paste', { cancelable: true }), { clipboardData: data }));
}

beforeEach(() => {
  scanner.open = false;
  localStorage.clear();
});

describe('the scan dialog', () => {
  it('shows the card of a code that a scanner types, and sends its link to whom is open', async () => {
    const node = scanning();
    const stop = contacts.start();
    await expect.poll(() => contacts.all.length).toBe(1);
    const field = await screen.findByLabelText('Code or link');
    await fireEvent.input(field, { target: { value: ' 4006381333931 ' } });
    await fireEvent.submit(field);
    expect(await screen.findByRole('img', { name: 'Honey, €14.50' })).toBeTruthy();
    expect((field as HTMLInputElement).value).toBe('');
    await fireEvent.click(await screen.findByRole('button', { name: 'Send to Bob' }));
    await expect.poll(() => node.asked.at(-1)).toEqual({ verb: 'chat.send', args: { to: contact().person, text: 'https://market.example/p/1', reply: null } });
    stop();
  });

  it('reads a pasted picture in default mode, and thoroughly only when asked', async () => {
    const node = scanning(({ thorough }) => (thorough ? [EAN] : []));
    await screen.findByLabelText('Code or link');
    paste('shelf.png');
    await screen.findByText('No code was found in this picture.');
    await fireEvent.click(screen.getByRole('button', { name: 'Look harder' }));
    expect(await screen.findByRole('img', { name: 'Honey, €14.50' })).toBeTruthy();
    const reads = node.asked.filter(({ verb }) => verb === 'card.codes').map(({ args }) => args);
    expect(reads).toEqual([
      { path: '/uploads/shelf.png', thorough: false },
      { path: '/uploads/shelf.png', thorough: true },
    ]);
    expect(screen.queryByRole('button', { name: 'Look harder' })).toBeNull();
  });

  it('says what a code is that no catalog knows, and one that is no product at all', async () => {
    scanning(() => [
      { format: 'ean-8', text: '96385074', show: '96385074' },
      { format: 'qr-code', text: 'WIFI:S:x;;', show: null },
    ]);
    await screen.findByLabelText('Code or link');
    paste('two.png');
    const list = within(await screen.findByRole('dialog'));
    expect(await list.findByText('None of your catalogs knows this product.')).toBeTruthy();
    expect(list.getByText('This is no product code.')).toBeTruthy();
  });

  it('says so when a picture cannot be read', async () => {
    scanning(() => {
      throw new ErrorWithCode('picture_unreadable', '');
    });
    await screen.findByLabelText('Code or link');
    paste('broken.png');
    expect((await screen.findByRole('alert')).textContent).toContain('could not be read');
  });

  it('says that there is no camera where there is none', async () => {
    scanning();
    await fireEvent.click(await screen.findByRole('button', { name: 'Use the camera' }));
    expect((await screen.findByRole('alert')).textContent).toContain('finds no camera');
  });

  it('turns the camera off when it closes, and says when it was refused', async () => {
    let stopped = 0;
    const track = { stop: () => stopped++ };
    let refuse = true;
    Object.defineProperty(navigator, 'mediaDevices', {
      configurable: true,
      value: {
        getUserMedia: async () => {
          if (refuse) throw Object.assign(new Error('no'), { name: 'NotAllowedError' });
          return { getTracks: () => [track] };
        },
      },
    });
    HTMLMediaElement.prototype.play = () => new Promise(() => {});
    const node = scanning();
    expect(node.expected).toBe(0);
    await fireEvent.click(await screen.findByRole('button', { name: 'Use the camera' }));
    expect((await screen.findByRole('alert')).textContent).toContain('refused');
    expect(node.expected).toBe(1);
    refuse = false;
    await fireEvent.click(screen.getByRole('button', { name: 'Use the camera' }));
    await screen.findByRole('button', { name: 'Turn off' });
    scanner.open = false;
    await expect.poll(() => stopped).toBe(1);
    Reflect.deleteProperty(navigator, 'mediaDevices');
  });
});

describe('pictures about to be shared', () => {
  const files = (count: number) => ({ files: Array.from({ length: count }, (_, at) => new File(['x'], `${String(at)}.png`, { type: 'image/png' })), folder: null });

  it('are looked at unasked when they are few, and never thoroughly', async () => {
    const node = scanning(() => [EAN]);
    scanner.open = false;
    render(FoundCodes, { chosen: files(1), person: contact() });
    expect(await screen.findByText('Found in this picture')).toBeTruthy();
    expect(await screen.findByRole('img', { name: 'Honey, €14.50' })).toBeTruthy();
    expect(node.asked.filter(({ verb }) => verb === 'card.codes').map(({ args }) => args)).toEqual([{ path: '/uploads/0.png', thorough: false }]);
  });

  it('are left alone when they are an album', async () => {
    const node = scanning(() => [EAN]);
    scanner.open = false;
    render(FoundCodes, { chosen: files(5), person: contact() });
    await tick();
    expect(node.asked.some(({ verb }) => verb === 'card.codes')).toBe(false);
  });
});
