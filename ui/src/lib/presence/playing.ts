let current: (() => void) | null = null;

/** One sound or video plays at a time: the earlier one stops. */
export function alone(stop: () => void): void {
  if (current !== stop) current?.();
  current = stop;
}
