import type { Presence } from '$lib/ipc';
import { clock, dayName, m, shortTime, stateName } from '$lib/shared';

export type Span = 'none' | 'half_hour' | 'hour' | 'day' | 'custom';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** When a state of this span ends; null: when it is changed. Times are milliseconds since 1970. */
export function endOf(span: Exclude<Span, 'custom'>, now: number): number | null {
  if (span === 'none') return null;
  if (span === 'half_hour') return now + 30 * MINUTE_MS;
  if (span === 'hour') return now + 60 * MINUTE_MS;
  const end = new Date(now).setHours(23, 59, 0, 0);
  return end > now ? end : end + DAY_MS;
}

/** The next time a clock shows `hh:mm`; null unless it is one. */
export function nextAt(time: string, now: number): number | null {
  const [hours, minutes] = time.split(':').map(Number);
  if (hours === undefined || minutes === undefined || !Number.isFinite(hours + minutes)) return null;
  const today = new Date(now).setHours(hours, minutes, 0, 0);
  return today > now ? today : new Date(today + DAY_MS).setHours(hours, minutes, 0, 0);
}

/** `15:00`, or with the day when that is not today. */
export function untilTime(time: number, now = Date.now()): string {
  const sameDay = new Date(time).toDateString() === new Date(now).toDateString();
  return sameDay ? clock(time) : m.presence_day_time({ day: dayName(time, now), time: clock(time) });
}

/** The state's name, with its end, or for those who are gone with its beginning. */
export function stateLine(presence: Presence, now = Date.now()): string {
  const state = stateName(presence.state);
  if (presence.until && presence.until > now) return m.presence_state_until({ state, time: untilTime(presence.until, now) });
  if (presence.state === 'offline' && presence.since > 0) return m.presence_state_since({ state, time: shortTime(presence.since, now) });
  return state;
}
