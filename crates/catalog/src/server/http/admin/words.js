// Every text of the page, in English here and in Chinese beside it.

import { chinese } from '/admin/words-zh.js';

const english = {
  addPictures: 'Add pictures', addProduct: 'Add product', addSeller: 'Add seller', again: 'Try again', away: 'The catalog cannot be reached. Nothing was lost: try again.',
  availability: 'Availability', back: 'Back to the list', badgeFile: 'PNG or WebP, square; or drop it here', badges: 'Badges',
  badgesHint: 'Small pictures beside a seller’s name on every card, such as “verified”. Only you grant them, under Sellers.',
  brand: 'Brand', cancel: 'Cancel', catalog: 'Catalog', catalogName: 'Name of the catalog', changedMeanwhile: 'Somebody changed this product since you opened it. Reload it to see the newer version; what you typed here will be gone.',
  checkFirst: 'Check first', checking: 'Checking every row; nothing is kept …', chooseFile: 'Choose a file', code: 'Code', codeHint: 'What links lead to; it cannot be changed later.', codeTaken: 'This code is taken already.',
  contain: 'Whole picture', copied: 'Copied', copy: 'Copy', copyByHand: 'The browser did not allow copying: press Ctrl+C, the key is selected.',
  count_added: 'New', count_changed: 'Changed', count_refused: 'Left out', count_unchanged: 'Unchanged', cover: 'Fill the frame', currency: 'Currency',
  description: 'Description', docs: 'For programmers: the HTTP API', done: 'Done', dropFeed: 'CSV, TSV, XML or JSON of at most 64 MiB; or drop it here', edit: 'Edit', editStock: 'Price and stock',
  endKey: 'End key', endKeyText: 'Whoever uses this key is refused from now on. This cannot be taken back; you can give them a new key.', endKeyTitle: 'End this key?',
  export: 'Export', exportHelp: 'All your products as a feed that can be imported again, here or elsewhere.', exportHint: 'CSV opens in every spreadsheet.', exportNow: 'Download', failed: 'That did not work',
  fieldName: 'Field', format: 'Format', formatGuessed: 'As the file shows', found: '{n} found', fresh: 'Cards ask again after', fresh1d: 'a day', fresh1h: 'an hour', fresh5m: '5 minutes',
  gtinWhose: 'Whose a GTIN is', gtinWhoseHint: 'Whoever offers a product with a GTIN first has it. Here it is taken away: another seller’s product loses it, or is withdrawn when its code is the GTIN.', gtinOwner: 'For', gtinFirst: 'whoever comes first', gtinTaken: 'Taken from {name} of {seller}.', gtinWithdrawn: '{name} of {seller} is withdrawn: its code was this GTIN.', gtinNobody: 'No other product had it.',
  gtin: 'GTIN (EAN, UPC, ISBN)', gtinHint: 'The number under the barcode, if there is one: scanning it finds the card.',
  freshHint: 'Until then a buyer’s Stoa shows the card as it has it.', freshSeconds: '{n} seconds', hosts: 'Hosts', hostsHint: 'One a line. A leading dot means every subdomain. Only links of these hosts become this catalog’s cards.',
  idHint: 'a-z, 0-9, - and _; the file’s name when it is empty', idLabel: 'Id', imageStyle: 'Picture', imageStyleHint: '“Whole picture” suits goods on white.', importCurrencyHint: 'For prices without one.', importFeed: 'Import',
  importHelp: 'A file from your shop: Google Merchant, Shopify or WooCommerce columns, or schema.org JSON-LD. Check it first: bad rows are listed by line, good ones are imported once.',
  importNow: 'Import', imported: 'Imported', importing: 'Importing …', key: 'Key', keyEnded: 'The key is ended.', keyHint: 'It begins with stoa_ and stays in this tab only.', keyOf: 'Key for {name}', keyOnce: 'Shown this once: the catalog keeps only its hash. Pass it on safely.', keys: 'Keys',
  language: 'Language', layout: 'Layout', layoutFile: 'An HTML file; or drop it here', layoutHint: 'HTML with inline CSS. What the linter does not allow is said here, and the card beside shows your newest product.', layoutIdHint: 'An id that stands already is replaced.', layoutText: 'Layout',
  layouts: 'Layouts', layoutsHint: 'How cards look. What you publish changes every card drawn from now on, with no update of anybody’s Stoa.', light: 'Light', dark: 'Dark', line: 'Line', link: 'Link', linkHint: 'The product’s page: where a click on the card leads.', loading: 'One moment …', logo: 'Your logo', logoFile: 'JPEG, PNG, WebP or GIF; or drop it here', logoHint: 'It stands beside your name on every card.', more: 'Show more',
  mostPictures: 'Pictures, MiB', mostProducts: 'Products', quota: 'What this seller may keep', quotaHint: 'An empty field is the catalog’s own measure. What is there already stays.', usage: '{n} of {most} products, {used} of {room} MiB of pictures',
  name: 'Name', newKey: 'New key', noBadgesYet: 'No badges yet: add pictures under Catalog.', noHits: 'Nothing found', noHitsHelp: 'Try fewer or shorter words. Chinese is found by single characters.', noPreview: 'This catalog runs without card drawing.', noPrice: 'No price',
  noProducts: 'No products yet', noProductsHelp: 'Add the first one by hand, or import a file from your shop. Each product becomes a card wherever its link is sent.', noProductsStock: 'Products appear here once somebody with the full key has added them.', noRights: 'This key has no rights here.',
  noSellers: 'No sellers yet', noSellersHelp: 'Add a seller above and pass the key on. With it they sign in on this page.', none_badges: 'None yet.', none_layouts: 'None yet: paste or choose an HTML file.', none_packs: 'None yet.', none_rules: 'None yet: without a rule no link becomes a card.',
  notAPrice: 'Write it like 12.50, with a currency such as EUR.', nothingChosen: 'No file chosen yet.', operator: 'Operator', operatorKey: 'Operator’s key', operatorKeys: 'Operator’s keys', operatorKeysHint: 'They may do everything on this page but sell.',
  packFile: 'At most 4 MiB; or drop it here', packs: 'Accessory packs', packsHint: 'Hats, glasses and frames that Stoa fetches for personas.', parts: 'Parts of this page', pictureN: 'Picture {n}', pictureTooLarge: 'larger than 16 MiB', pictures: 'Pictures', picturesFull: 'Eight pictures are the most.', picturesHint: 'JPEG, PNG, WebP or GIF, up to 16 MiB each; or drop them here. The card shows the first.',
  picturesLater: 'Once the product is added, pictures can be put here.', preview: 'Card', previewAlt: 'The card as buyers will see it', previewNeeds: 'The card appears when this is right: {why}', previewSoon: 'The card appears here while you write.', price: 'Price', priceHint: 'Like 12.50; empty for none.', problem: 'What is wrong', problems: 'Rows left out', products: 'Products', publish: 'Publish',
  quantity: 'Pieces left', quantityHint: 'Empty when you do not say.', reload: 'Reload', remove: 'Remove', removePicture: 'Remove picture {n}', removeTitle: 'Remove {name}?', remove_badges: 'Cards show the seller without its picture.', remove_layouts: 'Products that name it are drawn with another layout.', remove_packs: 'Who has it already keeps it.', remove_rules: 'Its links become plain links again. The host stays among the catalog’s.',
  rightOperator: 'Operator', rightProducts: 'Products', rightStock: 'Price and stock only', rights: 'What the key may do', rotate: 'New signing key', rotateText: 'The old key signs the new one’s name, and every product is signed anew; buyers follow by themselves. Other servers on the same database need the new key file. This cannot be taken back.', rotateTitle: 'Make a new signing key?', rotated: 'Everything is signed with the new key.', rotations: 'Changed {n} times before; who knows an older key follows.',
  ruleGs1: 'GS1 Digital Links (then without path and parameter)', ruleHost: 'Host', ruleParam: 'Parameter', ruleParamHint: 'When the code stands in the query.', rulePath: 'Path', rulePathHint: 'A regular expression; the group “code”, or else the first one, is the product’s code.', ruleSamples: 'Samples', ruleSamplesHint: 'Links that it must recognise, one a line; it is refused when one does not.', ruleValue: 'Its value', rules: 'Link rules', rulesHint: 'Which links lead to products of this catalog.',
  save: 'Save', saveRule: 'Save rule', saved: 'Saved', searchProducts: 'Search your products', sellerName: 'Name', sellerNameHint: 'As it stands on every card.', sellers: 'Sellers', signIn: 'Sign in', signInHelp: 'The catalog’s operator gives out keys: on the machine itself with “stoa catalog seller add”, or on this page.', signOut: 'Sign out', signingKey: 'Signing key', signingKeyHint: 'Everything the catalog says is signed with it. Buyers remember it.',
  transfer: 'Import and export', unpublished: '{n} rows are not on offer in their shop and were passed over.', unused: 'Columns without a use here: {names}', withdraw: 'Withdraw', withdrawText: 'Cards show it as no longer offered, also where they were sent before. You can offer it again by saving it.', withdrawTitle: 'Withdraw “{name}”?', withdrawn: 'Withdrawn', withdrawnNote: 'This product is withdrawn. Save it to offer it again.', withdrawnTag: 'Withdrawn', wouldBe: 'What an import would do',
  code_busy: 'The catalog is busy. Try again in a few seconds.', code_changed: 'Somebody changed this meanwhile. Reload it.', code_gtin_taken: 'Another product of this catalog has this GTIN. Leave it out, or withdraw the other one.', code_forbidden: 'This key may not do that.', code_internal: 'The catalog failed. Its operator finds the reason in its log.', code_not_found: 'The catalog does not know this any more.', code_not_yours: 'This code belongs to another seller.',
  code_quota_pictures: 'The pictures take all the room there is. Removed ones count until they are swept; the catalog’s operator can give more.', code_quota_products: 'No more products fit: the catalog’s operator can allow more.', code_too_often: 'This was done too often. Try again in an hour.',
  code_too_large: 'This is too large.', code_too_many_wrong_keys: 'Too many wrong keys came from here. Wait a minute.', code_too_slow: 'The connection was too slow. Try again.', code_wrong_key: 'This catalog does not know this key.',
  InStock: 'In stock', LimitedAvailability: 'Few left', PreOrder: 'Pre-order', BackOrder: 'Back-order', OutOfStock: 'Out of stock', SoldOut: 'Sold out', Discontinued: 'Discontinued',
};

const KEPT = 'stoa-catalog-language';
export const LANGUAGES = [['en', 'English'], ['zh-Hans', '简体中文']];
let chosen = localStorage.getItem(KEPT) ?? (navigator.languages.find((tag) => /^(zh|en)\b/i.test(tag))?.toLowerCase().startsWith('zh') ? 'zh-Hans' : 'en');

export const language = () => chosen;

export function setLanguage(tag) {
  chosen = tag;
  localStorage.setItem(KEPT, tag);
}

/** The text of this name, when there is one. */
export const told = (name) => (chosen === 'zh-Hans' ? chinese[name] : undefined) ?? english[name];

/** The text of this name, with `{…}` filled in. */
export function t(name, values = {}) {
  const text = told(name) ?? name;
  return text.replaceAll(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}
