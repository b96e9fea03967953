import type { DoorState } from '$lib/ipc';
import type { FakeTransport } from '$lib/ipc/fake';

const HALF_HOUR = 1_800_000;
const ADDRESSES = ['192.168.1.5', '10.8.0.2'];

/** The door for a phone; `scanned()` and `left()` are the phone's part. */
export function withPhone(node: FakeTransport): { scanned: () => void; left: () => void } {
  let open: DoorState | null = null;
  const code = () => Array.from(crypto.getRandomValues(new Uint8Array(55)), (byte) => 'ABCDEFGHabcdefgh01234567-_'[byte % 26]).join('');
  Object.assign(node.handlers, {
    'phone.open': ({ at }: { at: string | null }) => {
      const address = at ?? '192.168.1.5';
      open = { until: Date.now() + HALF_HOUR, address, phones: open?.phones ?? 0, link: 'waiting', code: code() };
      return { url: `http://${address}:43117/phone#${code()}`, until: open.until, address, addresses: ADDRESSES, code: open.code };
    },
    'phone.show': () => ({ open }),
    'phone.close': () => {
      open = null;
      return {};
    },
  });
  return {
    scanned: () => (open = open && { ...open, phones: 1, link: 'used' }),
    left: () => (open = open && { ...open, phones: 0, link: 'used' }),
  };
}
