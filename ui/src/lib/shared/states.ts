import type { State } from '$lib/ipc';
import { m } from '$lib/paraglide/messages';

const NAMES = {
  online: m.shared_state_online,
  away: m.shared_state_away,
  busy: m.shared_state_busy,
  meeting: m.shared_state_meeting,
  eating: m.shared_state_eating,
  daydreaming: m.shared_state_daydreaming,
  do_not_disturb: m.shared_state_do_not_disturb,
  offline: m.shared_state_offline,
};

/** The states that everybody has, as lists show them. */
export const BUILT_IN = Object.keys(NAMES);
/** Those that one can choose for oneself. */
export const CHOOSABLE = BUILT_IN.filter((state) => state !== 'offline');

export function isBuiltIn(state: State): state is keyof typeof NAMES {
  return Object.hasOwn(NAMES, state);
}

/** A built-in state in the window's language; an own one in its inventor's words. */
export function stateName(state: State): string {
  return isBuiltIn(state) ? NAMES[state]() : state;
}

/** The colour of a state, for CSS. */
export function toneOf(state: State): string {
  return isBuiltIn(state) ? `var(--state-${state.replaceAll('_', '-')})` : 'var(--ink-soft)';
}
