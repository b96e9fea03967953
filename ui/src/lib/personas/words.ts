import type { ErrorCode } from '$lib/ipc';
import { errorSentence, m } from '$lib/shared';

const SLOTS: Record<string, () => string> = {
  hat: m.personas_slot_hat,
  hair: m.personas_slot_hair,
  glasses: m.personas_slot_glasses,
  beard: m.personas_slot_beard,
  scarf: m.personas_slot_scarf,
  coat: m.personas_slot_coat,
  badge: m.personas_slot_badge,
  frame: m.personas_slot_frame,
};

/** A slot that this window does not know yet goes by its own word. */
export function slotName(slot: string): string {
  return SLOTS[slot]?.() ?? slot;
}

export function photoSentence(code: ErrorCode): string {
  return m.personas_photo_failed({ reason: errorSentence(code) });
}
