const AGAIN_MS = 1_000;

/** Loads, and once more a second after a failure: a network that changes aborts what is under way. */
export async function twice<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch {
    await new Promise((wait) => setTimeout(wait, AGAIN_MS));
    return load();
  }
}
