// Takes pictures of the sample window in every look and asks axe about each: `npm run look [name…]`, with `npm run dev` running.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const BASE = process.env.STOA_DEV ?? 'http://localhost:5180';
const OUT = new URL('./shots/', import.meta.url).pathname;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const wide = { width: 1280, height: 800 };
const middle = { width: 900, height: 700 };
const phone = { width: 380, height: 740 };

const open = (name) => (page) => page.getByRole('button', { name }).first().click();
const mira = open(/^Mira Okafor/);
const side = async (page, tab) => {
  await mira(page);
  await page.keyboard.press('Control+k');
  await page.keyboard.type(tab);
  await page.keyboard.press('Enter');
};

const SCENES = [
  ['full', wide, mira],
  ['none', wide],
  ['person', wide, (page) => side(page, 'about mira')],
  ['photos', wide, (page) => side(page, 'photos with')],
  ['tight', middle, (page) => side(page, 'about mira')],
  ['state', wide, (page) => page.locator('.corner').click()],
  ['nearby', wide, (page) => page.locator('.nearby').click()],
  ['find', wide, (page) => page.locator('header').getByRole('button').nth(1).click()],
  ['palette', wide, (page) => page.keyboard.press('Control+k')],
  ['settings', wide, async (page) => { await page.locator('.corner').click(); await page.locator('.popover .state').last().click(); }],
  ['remove', wide, async (page) => { await side(page, 'about mira'); await page.locator('.actions button').last().click(); }],
  ['empty', wide, null, 'empty'],
  ['first', wide, null, 'first'],
  ['first-find', wide, async (page) => { await page.keyboard.type('Aino'); await page.keyboard.press('Enter'); }, 'first'],
  ['failed', wide, null, 'failed'],
  ['loading', wide, null, 'loading'],
  ['away', wide, mira, 'away'],
  ['phone-list', phone],
  ['phone-talk', phone, mira],
  ['phone-first', phone, async (page) => { await page.keyboard.type('Aino'); await page.keyboard.press('Enter'); }, 'first'],
];
const LOOKS = [['light', 'en'], ['dark', 'zh-Hans']];

mkdirSync(OUT, { recursive: true });
const only = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
let bad = 0;
for (const [theme, locale] of LOOKS) {
  for (const [name, viewport, act, home = 'full'] of SCENES) {
    if (only.length > 0 && !only.includes(name)) continue;
    const context = await browser.newContext({ viewport, reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.on('pageerror', (error) => { bad++; console.log(`${name}: ${error.message}`); });
    page.on('console', (line) => line.type() === 'error' && console.log(`${name}: ${line.text()}`));
    // Scenes are walked in English, then the language is switched, as an owner would.
    await page.addInitScript(`localStorage.setItem('stoa.window', JSON.stringify({ theme: '${theme}', locale: 'en' }))`);
    await page.goto(`${BASE}/dev/?home=${home}&locale=${locale}`);
    await page.locator('.window').waitFor();
    await page.waitForTimeout(400);
    await act?.(page);
    await page.waitForTimeout(300);
    if (locale !== 'en') await page.evaluate((to) => window.settings && (window.settings.locale = to), locale);
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${OUT}${name}-${theme}-${locale}.png` });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run());
    for (const { id, impact, nodes } of violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')) {
      bad++;
      console.log(`${name} ${theme} ${locale}: ${impact} ${id}: ${nodes.slice(0, 3).map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
    }
    await context.close();
  }
}
await browser.close();
console.log(bad === 0 ? 'no serious violation' : `${bad} faults`);
process.exitCode = bad === 0 ? 0 : 1;
