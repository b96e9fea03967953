import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { twice } from './twice';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('what is loaded twice at most', () => {
  it('comes at once, or a second after a failure', async () => {
    const load = vi.fn(() => Promise.resolve('view'));
    expect(await twice(load)).toBe('view');
    expect(load).toHaveBeenCalledOnce();

    load.mockRejectedValueOnce(new Error('aborted'));
    const answer = twice(load);
    await vi.advanceTimersByTimeAsync(900);
    expect(load).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(200);
    expect(await answer).toBe('view');
  });

  it('fails with the second failure', async () => {
    const load = vi.fn(() => Promise.reject(new Error('aborted')));
    const answer = expect(twice(load)).rejects.toThrow('aborted');
    await vi.advanceTimersByTimeAsync(60_000);
    await answer;
    expect(load).toHaveBeenCalledTimes(2);
  });
});
