// Pictures of chats, shares and cards: `node dev/look-talk.mjs [scene…]`, with `npm run dev` running.
import { look, person, phone, wide } from './looks.mjs';

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

await look(SCENES, () => '/dev/talk.html');
