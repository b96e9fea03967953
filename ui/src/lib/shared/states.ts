import type { State } from '$lib/ipc';
import { m } from '$lib/paraglide/messages';

const NAMES: Record<State, () => string> = {
  online: m.shared_state_online,
  away: m.shared_state_away,
  busy: m.shared_state_busy,
  offline: m.shared_state_offline,
};

export function stateName(state: State): string {
  return NAMES[state]();
}
