// Takes pictures of the sample window in every look and asks axe about each: `npm run look [name…]`, with `npm run dev` running.
import { look, middle, person, phone, wide } from './looks.mjs';

const mira = person(/^Mira Okafor/);
const side = async (page, tab) => {
  await mira(page);
  await page.keyboard.press('Control+k');
  await page.keyboard.type(tab);
  await page.keyboard.press('Enter');
};

const menu = async (page, at) => {
  await page.locator('.corner').click();
  await page.locator('.popover .link').nth(at).click();
};
const openLooks = async (page) => { await menu(page, 0); await page.locator('.previews').waitFor(); };
const openPersona = async (page) => {
  await menu(page, 1);
  for (const item of ['trench', 'round', 'straw-boater']) {
    const tile = page.locator(`.tile[data-item="stoa/${item}"]`);
    await page.locator('.tile').first().waitFor();
    if (await tile.count()) await tile.first().click();
  }
};

const door = async (page) => {
  await page.keyboard.press('Control+k');
  await page.keyboard.type('on your phone');
  await page.keyboard.press('Enter');
  await page.locator('.door .buttons button').first().click();
};

const SCENES = [
  ['full', wide, mira],
  ['none', wide],
  ['person', wide, (page) => side(page, 'about mira')],
  ['photos', wide, (page) => side(page, 'photos with')],
  ['tight', middle, (page) => side(page, 'about mira')],
  ['state', wide, (page) => page.locator('.corner').click()],
  ['looks', wide, openLooks],
  ['looks-phone', phone, openLooks],
  ['persona', wide, openPersona],
  ['persona-phone', phone, openPersona],
  ['hover', wide, async (page) => { await mira(page); await page.keyboard.press('Alt+Enter'); }],
  ['nearby', wide, (page) => page.locator('.nearby').click()],
  ['find', wide, (page) => page.locator('header').getByRole('button').nth(1).click()],
  ['palette', wide, (page) => page.keyboard.press('Control+k')],
  ['door', wide, (page) => door(page)],
  ['door-phone', phone, (page) => door(page)],
  ['door-used', wide, async (page) => { await door(page); await page.evaluate(() => window.phone.scanned()); await page.waitForTimeout(2300); }],
  ['door-editor', wide, async (page) => { await openPersona(page); await page.locator('header .icon-button').last().click(); await page.locator('.menu .item').first().click(); await page.locator('.door .buttons button').first().click(); }],
  ['settings', wide, async (page) => { await page.locator('.corner').click(); await page.locator('.popover .link').last().click(); }],
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

await look(SCENES, (home = 'full', locale) => `/dev/?home=${home}&locale=${locale}`, { switched: true });
