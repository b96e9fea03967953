// Pictures of chats, shares and cards: `node dev/look-talk.mjs [scene…]`, with `npm run dev` running.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const BASE = process.env.STOA_DEV ?? 'http://localhost:5180';
const OUT = new URL('./shots/', import.meta.url).pathname;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const wide = { width: 1280, height: 800 };
const phone = { width: 380, height: 740 };

const person = (name) => (page) => page.getByRole('button', { name }).first().click();
const mira = person(/^Mira Okafor/);
const ines = async (page) => { await page.keyboard.press('Control+k'); await page.keyboard.type('Ines'); await page.waitForTimeout(200); await page.keyboard.press('Enter'); };
const tile = (page, name) => page.locator('.tile', { hasText: name });
const album = async (page, name) => {
  await mira(page);
  await page.waitForTimeout(300);
  await page.locator('header .icon-button').nth(-2).click();
  await page.waitForTimeout(200);
  if (name) await page.locator('.panel .row', { hasText: name }).click();
  await page.waitForTimeout(300);
};

const SCENES = [
  ['talk', wide, mira],
  ['talk-up', wide, async (page) => { await mira(page); await page.waitForTimeout(300); await page.locator('.scroller').hover(); await page.mouse.wheel(0, -900); await page.waitForTimeout(300); await page.evaluate(() => window.says('Are you there?')); }],
  ['talk-empty', wide, ines],
  ['talk-zh', wide, person(/^林晓雨/)],
  ['talk-away', wide, person(/^Dad/)],
  ['talk-typing', wide, async (page) => { await mira(page); await page.evaluate(() => window.types()); await page.locator('.bubble').last().hover(); }],
  ['talk-reply', wide, async (page) => { await mira(page); await page.waitForTimeout(200); await page.locator('article').last().hover(); await page.locator('article .actions button').nth(-2).click(); await page.keyboard.insertText('one\ntwo\nthree'); }],
  ['talk-failed', wide, async (page) => { await mira(page); await page.waitForTimeout(200); await page.locator('textarea').fill('fail'); await page.keyboard.press('Enter'); }],
  ['talk-long', wide, async (page) => { await mira(page); await page.locator('textarea').fill('长'.repeat(5200)); }],
  ['talk-fetch', wide, async (page) => { await mira(page); await page.waitForTimeout(300); await tile(page, 'Harbour').getByRole('button').nth(1).click(); await page.waitForTimeout(1500); await tile(page, 'Harbour').scrollIntoViewIfNeeded(); }],
  ['shares', wide, (page) => album(page)],
  ['album', wide, (page) => album(page, 'Harbour')],
  ['album-chosen', wide, async (page) => { await album(page, 'Harbour'); const at = page.locator('.picture'); await at.nth(1).click(); await at.nth(7).click({ modifiers: ['Shift'] }); await at.nth(10).hover(); }],
  ['album-fetch', wide, async (page) => { await album(page, 'Harbour'); const at = page.locator('.picture'); await at.nth(0).click(); await at.nth(7).click({ modifiers: ['Shift'] }); await page.locator('.panel footer button').last().click(); await page.waitForTimeout(2600); }],
  ['album-mine', wide, (page) => album(page, 'Lake')],
  ['album-some', wide, (page) => album(page, 'Contact')],
  ['photos-none', wide, async (page) => { await ines(page); await page.waitForTimeout(300); await page.locator('header .icon-button').nth(-2).click(); }],
  ['viewer', wide, async (page) => { await album(page, 'Contact'); await page.locator('.picture').nth(1).click(); }],
  ['viewer-small', wide, async (page) => { await album(page, 'Harbour'); await page.locator('.picture').nth(0).focus(); await page.keyboard.press('ArrowRight'); await page.waitForTimeout(200); await page.keyboard.press('Enter'); }],
  ['revoke', wide, async (page) => { await album(page, 'Lake'); await page.locator('.panel header button').last().click(); await page.waitForTimeout(200); await page.locator('[role=menuitem]').last().click(); }],
  ['share', wide, async (page) => {
    await mira(page);
    const files = Array.from({ length: 12 }, (_, at) => ({ name: `IMG_${2400 + at}.jpg`, type: 'image/jpeg' }));
    await page.evaluate((files) => {
      const data = new DataTransfer();
      for (const { name, type } of files) data.items.add(new File([new Uint8Array(2_400_000)], name, { type }));
      window.node.native = false;
      window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }));
    }, files);
  }],
  ['preparing', wide, async (page) => { await mira(page); await page.evaluate(() => window.node.handlers['share.add']({ paths: ['/a'], with: ['b2'.repeat(32)], name: 'Winter light', expires: null })); await page.waitForTimeout(6000); }],
  ['phone-talk', phone, mira],
  ['phone-album', phone, (page) => album(page, 'Harbour')],
];
const LOOKS = [['light', 'en'], ['dark', 'zh-Hans']];

mkdirSync(OUT, { recursive: true });
const only = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
let bad = 0;
for (const [theme, locale] of LOOKS) {
  for (const [name, viewport, act] of SCENES) {
    if (only.length > 0 && !only.includes(name)) continue;
    const context = await browser.newContext({ viewport, reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.on('pageerror', (error) => { bad++; console.log(`${name}: ${error.message}`); });
    page.on('console', (line) => line.type() === 'error' && console.log(`${name}: ${line.text()}`));
    await page.addInitScript(`localStorage.setItem('stoa.window', JSON.stringify({ theme: '${theme}', locale: '${locale}' }))`);
    await page.goto(`${BASE}/dev/talk.html`);
    await page.locator('.window').waitFor();
    await page.waitForTimeout(300);
    try {
      await act(page);
    } catch (error) {
      bad++;
      console.log(`${name} ${theme}: ${String(error).split('\n')[0]}`);
    }
    await page.waitForTimeout(700);
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
