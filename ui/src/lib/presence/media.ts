/** `0:07`, `1:05`; rounded so that a sound of half a second does not read as none. */
export function seconds(value: number): string {
  const whole = value > 0 && value < 1 ? 1 : Math.round(value);
  return `${String(Math.floor(whole / 60))}:${String(whole % 60).padStart(2, '0')}`;
}
