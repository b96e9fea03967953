import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
const variables = (message: unknown) => new Set(JSON.stringify(message).match(/\{\w+\}/g));

describe.each(readdirSync('messages'))('%s', (feature) => {
  const english = read(`messages/${feature}/en.json`);
  const chinese = read(`messages/${feature}/zh-Hans.json`);

  it('says everything in both languages, under its own name', () => {
    expect(Object.keys(chinese).sort()).toEqual(Object.keys(english).sort());
    for (const key of Object.keys(english)) expect(key.startsWith(`${feature}_`), key).toBe(true);
  });

  it('fills in the same words', () => {
    for (const [key, message] of Object.entries(english)) expect(variables(chinese[key]), key).toEqual(variables(message));
  });
});
