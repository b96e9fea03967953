import type { Recipe } from '$lib/ipc';

const KEY = 'stoa-phone-recipe';

/**
 * What is made on a phone and not published yet, for as long as its tab: a phone's browser drops the page when it likes, as while
 * the camera takes the photo.
 */
export const draft = {
  get kept(): Recipe | null {
    try {
      return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Recipe | null;
    } catch {
      return null;
    }
  },

  keep(recipe: Recipe | null): void {
    try {
      if (recipe) sessionStorage.setItem(KEY, JSON.stringify(recipe));
      else sessionStorage.removeItem(KEY);
    } catch {
      // A forbidden store costs what is made when the page goes, nothing else.
    }
  },
};
