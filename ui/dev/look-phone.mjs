// Pictures of the page on a phone: `node dev/look-phone.mjs [scene…]`, with `npm run dev` running.
import { look, touched } from './looks.mjs';

const small = touched(360, 640);
const tall = touched(390, 844);
const dressed = async (page) => {
  await page.locator('.tile').first().waitFor();
  await page.locator('.kinds button').first().tap();
  await page.locator('.tile').first().tap();
};
const out = async (page) => { await dressed(page); await page.locator('.editor header .button').tap(); await page.locator('.out').waitFor(); };
const leave = (page) => page.locator('.editor header .icon-button').first().tap();

const SCENES = [
  ['scanned', small],
  ['scanned-tall', tall],
  ['scanned-worn', tall, async (page) => { await dressed(page); await page.locator('.panel').evaluate((panel) => panel.scrollIntoView()); }],
  ['scanned-menu', small, async (page) => { await page.locator('.tile').first().waitFor(); await page.locator('.editor header .icon-button').last().tap(); }],
  ['scanned-discard', small, async (page) => { await dressed(page); await leave(page); }],
  ['scanned-lost', tall, async (page) => { await dressed(page); await page.evaluate(() => window.node.connection('reconnecting')); }],
  ['phone-out', tall, out],
  ['phone-out-small', small, out],
  ['phone-home', small, async (page) => { await page.locator('.tile').first().waitFor(); await leave(page); }],
  ['phone-connecting', small, null, 'connecting'],
  ['phone-looking', small, (page) => page.evaluate(() => window.node.connection('reconnecting')), 'looking'],
  ['phone-full', small, (page) => page.evaluate(() => window.node.connection('full')), 'looking'],
  ['phone-ended', tall, (page) => page.evaluate(() => window.node.connection('ended'))],
];

await look(SCENES, (home = 'editor') => `/dev/phone.html?home=${home}`);
