import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, describe, expect, it } from 'vitest';
import { ErrorWithCode, use } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { toasts } from '$lib/shared';
import Composer from './Composer.svelte';
import { Conversation } from './conversation.svelte';
import { drafts } from './drafts';

const PERSON = 'b'.repeat(64);

beforeEach(() => localStorage.clear());

function composer(send: () => { id: string } | Promise<{ id: string }> = () => ({ id: 'm1' })) {
  const node = new FakeTransport({ 'chat.send': send, 'chat.typing': () => ({}) });
  use(node);
  const { unmount } = render(Composer, { conversation: new Conversation(PERSON, 'chat'), name: 'Bob', onpictures() {}, onfolder() {} });
  const field = screen.getByRole<HTMLTextAreaElement>('textbox');
  const type = (value: string) => fireEvent.input(field, { target: { value } });
  const sent = () => node.asked.filter((ask) => ask.verb === 'chat.send').map((ask) => ask.args);
  return { field, type, sent, unmount };
}

describe('the composer', () => {
  it('leaves the Enter of an input method to the input method', async () => {
    const { field, type, sent } = composer();
    await type('nihao');
    await fireEvent.keyDown(field, { key: 'Enter', isComposing: true });
    // WebKit tells the Enter that ends a composition after its end, by the old key code alone.
    await fireEvent.keyDown(field, { key: 'Enter', keyCode: 229 });
    await fireEvent.keyDown(field, { key: 'Enter', shiftKey: true });
    expect(sent()).toEqual([]);
    await type(' 你好 ');
    await fireEvent.keyDown(field, { key: 'Enter', keyCode: 13 });
    await expect.poll(sent).toEqual([{ to: PERSON, text: '你好', reply: null }]);
    expect(field.value).toBe('');
  });

  it('keeps the text and says why when it was not sent', async () => {
    const { field, type } = composer(() => {
      throw new ErrorWithCode('disk_full', 'no space');
    });
    await type('important');
    await fireEvent.keyDown(field, { key: 'Enter' });
    expect((await screen.findByRole('alert')).textContent).toContain('The disk is full');
    expect(field.value).toBe('important');
  });

  it('counts bytes, not letters, and refuses more than the node takes', async () => {
    const { field, type, sent } = composer();
    await type('长'.repeat(5_462));
    expect(screen.getByRole('status').textContent).toBe('16,386 of 16,384 bytes');
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Send (Enter)' }).disabled).toBe(true);
    await fireEvent.keyDown(field, { key: 'Enter' });
    expect(sent()).toEqual([]);
  });

  it('gives back what was not sent after another conversation was opened', async () => {
    let refuse = () => {};
    const first = composer(() => new Promise((_, reject) => (refuse = () => reject(new ErrorWithCode('disk_full', '')))));
    await first.type('important');
    await fireEvent.keyDown(first.field, { key: 'Enter' });
    await expect.poll(first.sent).toHaveLength(1);
    first.unmount();
    drafts.keep(PERSON, { text: 'later', reply: null });
    const second = composer();
    refuse();
    await expect.poll(() => second.field.value).toBe('important\nlater');
    expect(drafts.of(PERSON).text).toBe('important\nlater');
    expect(toasts.shown.at(-1)?.text).toContain('The disk is full');
  });

  it('finds its draft again', async () => {
    const { type, unmount } = composer();
    await type('half a sent');
    unmount();
    expect(composer().field.value).toBe('half a sent');
  });
});
