// What the look-scripts share: each scene in each look as a picture under dev/shots/, and axe asked about it.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const BASE = process.env.STOA_DEV ?? 'http://localhost:5180';
const OUT = new URL('./shots/', import.meta.url).pathname;
const LOOKS = [['light', 'en'], ['dark', 'zh-Hans']];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const wide = { width: 1280, height: 800 };
export const middle = { width: 900, height: 700 };
export const phone = { width: 380, height: 740 };
/** As fingers use it: larger targets. */
export const touched = (width, height) => ({ width, height, touch: true });

export const pause = (page, ms = 300) => page.waitForTimeout(ms);
/** Opens somebody's conversation. */
export const person = (name) => (page) => page.getByRole('button', { name }).first().click();

/**
 * Draws the scenes that the command line names, or all. A scene is `[name, viewport, act?, variant?]`; `address` gives the page of a
 * variant and a locale. With `switched` a scene is walked in English and the language switched after it, as an owner would.
 */
export async function look(scenes, address, { switched = false } = {}) {
  mkdirSync(OUT, { recursive: true });
  const only = process.argv.slice(2);
  const chosen = scenes.filter(([name]) => only.length === 0 || only.includes(name));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  let bad = 0;
  for (const [theme, locale] of LOOKS) {
    for (const [name, viewport, act, variant] of chosen) {
      const { touch = false, ...size } = viewport;
      const context = await browser.newContext({ viewport: size, hasTouch: touch, isMobile: touch, reducedMotion: 'reduce' });
      const page = await context.newPage();
      const fault = (words) => { bad++; console.log(`${name} ${theme} ${locale}: ${words}`); };
      page.on('pageerror', (error) => fault(error.message));
      page.on('console', (line) => line.type() === 'error' && console.log(`${name}: ${line.text()}`));
      await page.addInitScript((kept) => localStorage.setItem('stoa.window', kept), JSON.stringify({ theme, locale: switched ? 'en' : locale }));
      await page.goto(BASE + address(variant, locale));
      await page.locator('.window, main').first().waitFor();
      await pause(page, 400);
      await Promise.resolve(act?.(page)).catch((error) => fault(String(error).split('\n')[0]));
      await pause(page);
      if (switched && locale !== 'en') await page.evaluate((to) => window.settings && (window.settings.locale = to), locale);
      await pause(page, 400);
      await page.screenshot({ path: `${OUT}${name}-${theme}-${locale}.png` });
      for (const violation of await serious(page)) fault(violation);
      await context.close();
    }
  }
  await browser.close();
  console.log(bad === 0 ? 'no serious violation' : `${bad} faults`);
  process.exitCode = bad === 0 ? 0 : 1;
}

/** What axe calls serious or worse, a line each. */
async function serious(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.slice(0, 3).map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
}
