// Pictures of cards, codes, catalogs, rules, search and the seller's view: `node dev/look-products.mjs [scene…]`, with `npm run dev` running.
import { look, middle, pause, person, phone, wide } from './looks.mjs';

const mira = async (page) => { await person(/^Mira Okafor/)(page); await pause(page, 600); };
/** Runs a palette command by its place in the window's code, whatever the language. */
const command = (words) => async (page) => {
  await page.keyboard.press('Control+k');
  await page.keyboard.insertText(words[await page.evaluate(() => document.documentElement.lang)]);
  await pause(page, 200);
  await page.keyboard.press('Enter');
  await pause(page, 700);
};
const selling = command({ en: 'My products', 'zh-Hans': '我的商品' });
const scan = command({ en: 'Scan a product', 'zh-Hans': '扫描商品码' });
const find = command({ en: 'Search products', 'zh-Hans': '搜索商品' });
const catalogs = command({ en: 'Catalogs', 'zh-Hans': '商品目录' });
const rules = command({ en: 'Link rules', 'zh-Hans': '链接规则' });
const paste = (page, name = 'code.png') => page.evaluate((name) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(2_400)], name, { type: 'image/png' }));
  window.node.native = false;
  window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
}, name);
const edit = async (page) => { await selling(page); await page.locator('li .name').first().click(); await pause(page, 900); };

const SCENES = [
  ['card-hover', wide, async (page) => { await mira(page); await page.locator('.card').first().hover(); }],
  ['card-large', wide, async (page) => { await mira(page); await page.locator('.card .bar button').first().focus(); await page.keyboard.press('Enter'); await pause(page, 600); }],
  ['scan', wide, async (page) => { await mira(page); await scan(page); }],
  ['scan-typed', wide, async (page) => { await mira(page); await scan(page); await page.keyboard.type('4006381333931'); await page.keyboard.press('Enter'); await pause(page, 600); }],
  ['scan-unknown', wide, async (page) => { await scan(page); await page.keyboard.type('1234567890128'); await page.keyboard.press('Enter'); await pause(page, 600); }],
  ['scan-picture', wide, async (page) => { await mira(page); await scan(page); await paste(page); await pause(page, 1200); }],
  ['scan-harder', wide, async (page) => { await scan(page); await paste(page); await pause(page, 1200); await page.locator('.harder button').click(); await pause(page, 1200); }],
  ['scan-nothing', wide, async (page) => { await scan(page); await paste(page); await pause(page, 1200); }, 'empty'],
  ['scan-camera', wide, async (page) => { await scan(page); await page.locator('.ways button').nth(1).click(); await pause(page, 600); }],
  ['share-found', wide, async (page) => { await mira(page); await paste(page); await pause(page, 1500); }],
  ['catalogs', wide, catalogs],
  ['catalogs-none', wide, catalogs, 'none'],
  ['catalogs-trusted', wide, async (page) => { await catalogs(page); await page.locator('.part input').fill('honey.example'); await page.keyboard.press('Enter'); await pause(page, 900); }],
  ['catalogs-away', wide, async (page) => { await catalogs(page); await page.locator('.part input').fill('away.example'); await page.keyboard.press('Enter'); await pause(page, 600); }],
  ['catalogs-forget', wide, async (page) => { await catalogs(page); await page.locator('.part li button').first().click(); }],
  ['rules', wide, rules],
  ['rules-none', wide, rules, 'none'],
  ['rule-match', wide, async (page) => { await rules(page); await page.locator('.part li button').first().click(); await page.locator('.tester input').fill('https://shop.example/p/4711?from=chat'); await pause(page, 600); }],
  ['rule-wrong', wide, async (page) => { await rules(page); await page.locator('.part li button').first().click(); await page.locator('.part form input').nth(1).fill('/p/([0-9]+'); await pause(page, 600); }],
  ['search', wide, async (page) => { await mira(page); await find(page); await page.keyboard.insertText('o'); await pause(page, 1500); }],
  ['search-begin', wide, find],
  ['search-nothing', wide, async (page) => { await find(page); await page.keyboard.type('zeppelin'); await pause(page, 900); }],
  ['search-none', wide, find, 'none'],
  ['palette-search', wide, async (page) => { await page.keyboard.press('Control+k'); await page.keyboard.insertText('蜂蜜'); await pause(page); }],
  ['sell', wide, selling],
  ['sell-none', wide, selling, 'none'],
  ['sell-empty', wide, selling, 'empty'],
  ['sell-middle', middle, selling],
  ['sell-search', wide, async (page) => { await selling(page); await page.locator('.view input[type=search]').fill('honey'); await pause(page, 800); }],
  ['sell-menu', wide, async (page) => { await selling(page); await page.locator('.view header .icon-button').last().click(); }],
  ['sell-price', wide, async (page) => { await selling(page); const field = page.locator('input.price').nth(1); await field.fill('1x'); await field.blur(); await pause(page, 400); }],
  ['sell-edit', wide, edit],
  ['sell-new', wide, async (page) => { await selling(page); await page.locator('.add').click(); await pause(page); await page.locator('header button[type=submit]').click(); await pause(page, 500); }],
  ['sell-conflict', wide, async (page) => { await edit(page); await page.locator('form input').first().fill('conflict'); await page.locator('header button[type=submit]').click(); await pause(page, 800); }],
  ['sell-import', wide, async (page) => {
    await selling(page);
    await page.locator('.view header .icon-button').last().click();
    await pause(page);
    await page.locator('[role=menuitem]').first().click();
    await pause(page);
    await page.evaluate(() => window.node.drop(['/home/aino/feed.csv']));
    await pause(page, 1200);
  }],
  ['phone-sell', phone, selling],
  ['phone-edit', phone, edit],
  ['phone-search', phone, async (page) => { await find(page); await page.keyboard.insertText('o'); await pause(page, 1500); }],
  ['phone-scan', phone, scan],
  ['phone-rules', phone, rules],
];

await look(SCENES, (shop = 'full') => `/dev/talk.html?shop=${shop}`);
