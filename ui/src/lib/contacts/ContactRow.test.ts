import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import { use } from '$lib/ipc';
import { FakeTransport } from '$lib/ipc/fake';
import { hover } from '$lib/presence';
import { BOB, contact } from '../../../tests/samples';
import ContactRow from './ContactRow.svelte';

it('keeps the card open while there are news of the contact', async () => {
  use(new FakeTransport({ 'look.refresh': () => ({}) }));
  const row = render(ContactRow, { contact: contact(), selected: false, typing: false, onselect() {} });
  await fireEvent.keyDown(screen.getByRole('button'), { key: 'Enter', altKey: true });
  expect(hover.person).toBe(BOB);
  await row.rerender({ contact: contact({ unread: 2 }) });
  expect(hover.person).toBe(BOB);
  row.unmount();
  expect(hover.person).toBeNull();
});
