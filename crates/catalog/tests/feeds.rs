//! Feeds in and out: what shops export, what is damaged, and what comes back.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use stoa_catalog::server::feeds::{Defaults, FeedFormat, Rows, read, read_with, write};
use stoa_catalog::server::{Draft, RowError};
use stoa_catalog::{Availability, CodeKind, Hash, ImageStyle, Price, Product, Seller};

fn defaults() -> Defaults {
    Defaults { currency: Some("EUR".to_owned()), link: Some("https://shop.example/products/{handle}?sku={code}".to_owned()) }
}

fn rows(bytes: &[u8], format: FeedFormat) -> Vec<(u64, Result<Draft, RowError>)> {
    read_with(bytes, format, defaults()).unwrap().collect()
}

fn good(bytes: &[u8], format: FeedFormat) -> Vec<Draft> {
    rows(bytes, format).into_iter().map(|(row, draft)| draft.unwrap_or_else(|e| panic!("row {row}: {e:?}"))).collect()
}

fn minor(draft: &Draft) -> (i64, &str) {
    let price = draft.price.as_ref().unwrap();
    (price.minor, &price.currency)
}

const GOOGLE: &str = "id\ttitle\tdescription\tlink\timage_link\tadditional_image_link\tavailability\tprice\tsale_price\tsale_price_effective_date\tbrand\tgtin\tcustom_label_0\n\
    honey-500\tWildflower honey\tThyme and heather\thttps://shop.example/p/honey-500\thttps://cdn.example/h.jpg\thttps://cdn.example/h2.jpg,https://cdn.example/h3.jpg\tin_stock\t12.50 EUR\t9.90 EUR\t2020-01-01/2099-01-01\tBees\t4006381333931\tsummer\n\
    oil\t\"Olive oil\n750 ml\"\t\thttps://shop.example/p/oil\t\t\tpreorder\t1,234.50 USD\t\t\t\t\t\n\
    \n\
    \tnameless id\t\thttps://shop.example/p/x\t\t\tin stock\t1 EUR\t\t\t\t96385074\t\n\
    ended\tSale over\t\thttps://shop.example/p/e\t\t\tout of stock\t5 EUR\t4 EUR\t2020-01-01/2020-02-01\t\t\t\n";

#[test]
fn googles_fields_are_read_and_lines_are_counted() {
    let mut feed = read(GOOGLE.as_bytes(), FeedFormat::Tsv).unwrap();
    let (row, honey) = feed.next_item().unwrap();
    let honey = honey.unwrap();
    assert_eq!((row, honey.draft.code.as_str(), honey.draft.kind), (2, "honey-500", CodeKind::Sku));
    assert_eq!(honey.draft.gtin.as_deref(), Some("04006381333931"), "beside the seller's own code");
    assert_eq!(minor(&honey.draft), (990, "EUR"), "the sale price holds");
    assert_eq!(honey.draft.brand.as_deref(), Some("Bees"));
    assert_eq!(honey.pictures, ["https://cdn.example/h.jpg", "https://cdn.example/h2.jpg", "https://cdn.example/h3.jpg"]);
    let (row, oil) = feed.next_item().unwrap();
    let oil = oil.unwrap().draft;
    assert_eq!((row, oil.name.as_str(), oil.availability), (3, "Olive oil 750 ml", Availability::PreOrder));
    assert_eq!((minor(&oil), oil.description.as_deref()), ((123_450, "USD"), None));
    let (row, gtin) = feed.next_item().unwrap();
    let gtin = gtin.unwrap().draft;
    assert_eq!((row, gtin.code.as_str(), gtin.kind), (6, "96385074", CodeKind::Gtin), "a row begins behind what it follows");
    let (_, ended) = feed.next_item().unwrap();
    assert_eq!(minor(&ended.unwrap().draft), (500, "EUR"), "the sale is over");
    assert!(feed.next_item().is_none());
    assert_eq!(feed.unused(), ["custom_label_0"]);
}

#[test]
fn bad_rows_are_told_by_line_and_field_and_cost_nothing_else() {
    let feed = "id,title,link,price,quantity,availability\r\n\
        a,Good,https://shop.example/a,\"1,50\",3,in stock\r\n\
        ,No id,https://shop.example/b,1 EUR,,\r\n\
        c,,https://shop.example/c,1 EUR,,\r\n\
        d,Bad price,https://shop.example/d,1.234,,\r\n\
        e,Bad link,javascript:alert(1),1 EUR,,\r\n\
        f,Bad count,https://shop.example/f,1 EUR,several,\r\n\
        g,Unquoted, comma,https://shop.example/g,1 EUR,1,in stock,x\r\n\
        h,Unknown,https://shop.example/h,1 EUR,,perhaps\r\n\
        i,Also good,https://shop.example/i,2 EUR,-4,\r\n";
    let rows = rows(feed.as_bytes(), FeedFormat::Csv);
    let bad: Vec<(u64, Option<&str>)> =
        rows.iter().filter_map(|(_, row)| row.as_ref().err()).map(|error| (error.row, error.field.as_deref())).collect();
    let expected = [(3, Some("id")), (4, Some("title")), (5, Some("price")), (6, Some("link")), (7, Some("quantity")), (8, None)];
    assert_eq!(bad, [&expected[..], &[(9, Some("availability"))]].concat());
    let good: Vec<&Draft> = rows.iter().filter_map(|(_, row)| row.as_ref().ok()).collect();
    assert_eq!(good.iter().map(|draft| draft.code.as_str()).collect::<Vec<_>>(), ["a", "i"]);
    assert_eq!((good[1].quantity, good[1].availability), (Some(0), Availability::OutOfStock), "sold more than there was");
}

#[test]
fn tables_of_every_spreadsheet_are_read() {
    let german = "sep=;\r\nArtikel;sku;name;price;link\r\nx;K-1;Käse \"alt\";\"1.234,50 €\";https://shop.example/k\r\n";
    for bytes in [
        german.as_bytes().to_vec(),
        [b"\xEF\xBB\xBF", german.as_bytes()].concat(),
        windows_1252(german),
        german.encode_utf16().collect::<Vec<_>>().iter().fold(vec![0xFF, 0xFE], |mut all, unit| {
            all.extend(unit.to_le_bytes());
            all
        }),
    ] {
        assert_eq!(FeedFormat::guess("preise.csv", &bytes), Some(FeedFormat::Csv));
        let rows = rows(&bytes, FeedFormat::Csv);
        assert_eq!(rows[0].0, 3);
        let cheese = rows[0].1.as_ref().unwrap();
        assert_eq!((cheese.name.as_str(), minor(cheese)), ("Käse \"alt\"", (123_450, "EUR")));
    }
    let open = "id,title,link,price\na,\"never closed,https://shop.example/a,1 EUR\nb,B,https://shop.example/b,1 EUR\n";
    let rows = rows(open.as_bytes(), FeedFormat::Csv);
    assert_eq!(rows.len(), 1);
    assert!(rows[0].1.as_ref().unwrap_err().message.contains("quotation mark"));
    assert!(read(b"a,b,c\n1,2,3\n", FeedFormat::Csv).is_err(), "no header");
    assert!(read(b"", FeedFormat::Csv).is_err());
}

fn windows_1252(text: &str) -> Vec<u8> {
    text.chars().map(|c| if c == '€' { 0x80 } else { u8::try_from(c as u32).unwrap() }).collect()
}

const SHOPIFY: &str = "Handle,Title,Body (HTML),Vendor,Type,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Barcode,Image Src,Image Position,Variant Image,Status\n\
    bowl,Sea bowl,\"<p>Thrown by <b>hand</b>.</p><ul><li>300 ml</li></ul>\",Kiln,Ceramics,true,Size,Small,BOWL-S,shopify,3,deny,34.00,,https://cdn.example/1.jpg,1,https://cdn.example/s.jpg,active\n\
    bowl,,,,,,,Large,,shopify,0,continue,54.00,,https://cdn.example/2.jpg,2,,\n\
    bowl,,,,,,,,,,,,,,https://cdn.example/3.jpg,3,,\n\
    mug,Plain mug,Holds tea &amp; more,Kiln,Ceramics,true,Title,Default Title,MUG,,,deny,12,4006381333931,https://cdn.example/m.jpg,1,,active\n\
    secret,Not yet,,Kiln,,true,Title,Default Title,SECRET,,,deny,1,,,,,draft\n";

#[test]
fn shopifys_variants_share_what_the_first_row_says() {
    let mut feed = read_with(SHOPIFY.as_bytes(), FeedFormat::Csv, defaults()).unwrap();
    let mut items = Vec::new();
    while let Some((row, item)) = feed.next_item() {
        items.push((row, item.unwrap()));
    }
    let codes: Vec<(u64, &str, &str)> =
        items.iter().map(|(row, item)| (*row, item.draft.code.as_str(), item.draft.name.as_str())).collect();
    assert_eq!(codes, [(2, "BOWL-S", "Sea bowl - Small"), (3, "bowl-large", "Sea bowl - Large"), (5, "MUG", "Plain mug")]);
    let (small, large, mug) = (&items[0].1, &items[1].1, &items[2].1);
    assert_eq!(small.draft.description.as_deref(), Some("Thrown by hand.\n• 300 ml"));
    assert_eq!(large.draft.description, small.draft.description);
    assert_eq!((large.draft.brand.as_deref(), minor(&large.draft)), (Some("Kiln"), (5400, "EUR")));
    assert_eq!((large.draft.quantity, large.draft.availability), (Some(0), Availability::BackOrder));
    assert_eq!((mug.draft.quantity, mug.draft.availability), (None, Availability::InStock), "nobody counts the mugs");
    let link = |name: &str| format!("https://cdn.example/{name}.jpg");
    assert_eq!(small.pictures, [link("s"), link("1"), link("2"), link("3")]);
    assert_eq!(large.pictures, [link("2"), link("1"), link("3")]);
    assert_eq!(small.draft.url, "https://shop.example/products/bowl?sku=BOWL-S");
    assert_eq!(mug.draft.description.as_deref(), Some("Holds tea & more"));
    assert_eq!(feed.unpublished(), 1);
}

/// 200 KB that 200 short rows take over would be 40 MB of work for a feed of 200 KB; of 3,000 rows they would be held at once.
#[test]
fn short_rows_that_share_long_texts_are_refused_in_time() {
    let long = "x".repeat(200_000);
    let rows = |count: usize, row: &dyn Fn(usize) -> String| (0..count).map(row).collect::<String>();
    let shopify = format!("Handle,Title,Body (HTML),Variant SKU\nh,Bowl,{long},S\n{}", rows(200, &|at| format!("h,,,S{at}\n")));
    let woo = format!(
        "ID,Type,SKU,Name,Regular price,Description,Parent\n1,variable,P,Bowl,,{long},\n{}",
        rows(200, &|at| format!(",variation,S{at},Bowl,1.00,,P\n"))
    );
    let variants = rows(200, &|at| format!(",{{\"@type\":\"Product\",\"sku\":\"S{at}\"}}"));
    let group = format!(
        "{{\"@type\":\"ProductGroup\",\"name\":\"Bowl\",\"description\":\"{long}\",\"hasVariant\":[{}]}}",
        &variants[1..]
    );
    for (format, feed) in [(FeedFormat::Csv, shopify), (FeedFormat::Csv, woo), (FeedFormat::JsonLd, group)] {
        let (good, bad): (Vec<_>, Vec<_>) =
            read_with(feed.as_bytes(), format, defaults()).unwrap().map(|(_, row)| row).partition(Result::is_ok);
        assert!(good.len() >= 50 && bad.len() >= 80, "{format}: {} and {}", good.len(), bad.len());
        let told = |row: &Result<_, RowError>| row.as_ref().is_err_and(|error| error.message.contains("too long texts"));
        assert!(bad.iter().all(told), "{format}: {:?}", bad.first());
    }
    let many = format!("Handle,Title,Variant SKU\nh,Bowl,S\n{}", rows(3_000, &|at| format!("h,,S{at}\n")));
    let good = read_with(many.as_bytes(), FeedFormat::Csv, defaults()).unwrap().filter(|(_, row)| row.is_ok()).count();
    assert_eq!(good, 2_500, "rows of one product are held together");
}

const WOO: &str = "ID,Type,SKU,\"GTIN, UPC, EAN, or ISBN\",Name,Published,\"Short description\",Description,\"Date sale price starts\",\"Date sale price ends\",\"In stock?\",Stock,\"Sale price\",\"Regular price\",Images,Parent,Brands\n\
    10,simple,TEA-1,,Green tea,1,Short,\"<p>First</p>\\n<p>Second</p>\",,,1,7,\"3,50\",\"4,20\",\"https://shop.example/a.jpg, https://shop.example/b.jpg\",,Leaf\n\
    11,variable,SHIRT,,Shirt,1,,\"All cotton\",,,1,,,,https://shop.example/s.jpg,,Loom\n\
    12,variation,SHIRT-M,,\"Shirt - M\",1,,,,,0,,,19.00,,SHIRT,\n\
    13,variation,,,\"Shirt - L\",1,,,,,backorder,,,19.00,,id:11,\n\
    14,simple,,4006381333931,Ghost,-1,,,,,1,,,1.00,,,\n";

#[test]
fn woocommerces_variations_take_over_from_their_parents() {
    let mut feed = read_with(WOO.as_bytes(), FeedFormat::Csv, defaults()).unwrap();
    let mut items = Vec::new();
    while let Some((_, item)) = feed.next_item() {
        items.push(item.unwrap());
    }
    let codes: Vec<&str> = items.iter().map(|item| item.draft.code.as_str()).collect();
    assert_eq!(codes, ["TEA-1", "SHIRT-M", "13"]);
    assert_eq!(items[0].draft.description.as_deref(), Some("First\nSecond"));
    assert_eq!((minor(&items[0].draft), items[0].draft.quantity), ((350, "EUR"), Some(7)));
    assert_eq!(items[0].pictures.len(), 2);
    assert_eq!(items[1].draft.description.as_deref(), Some("All cotton"));
    assert_eq!((items[1].draft.availability, items[1].draft.brand.as_deref()), (Availability::OutOfStock, Some("Loom")));
    assert_eq!(
        (items[2].draft.availability, items[2].pictures.as_slice()),
        (Availability::BackOrder, &["https://shop.example/s.jpg".to_owned()][..])
    );
    assert_eq!(feed.unpublished(), 2, "the parent and the draft");
}

const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">
<channel>
<title>Shop</title><link>https://shop.example</link>
<item>
  <title>Not Google&apos;s</title>
  <g:title><![CDATA[Fig & jam]]></g:title>
  <g:id>fig</g:id>
  <link>https://shop.example/p/fig?a=1&amp;b=2</link>
  <g:description>Sweet &#8212; &lt;b&gt;very&lt;/b&gt;</g:description>
  <g:price>4.50 EUR</g:price>
  <g:availability>in stock</g:availability>
  <g:shipping><g:price>99.00 EUR</g:price></g:shipping>
  <g:image_link>https://cdn.example/f.jpg</g:image_link>
</item>
<item><g:id>bad</g:id><g:title>AT&T</g:title><link>https://shop.example/p/bad</link></item>
<item><g:id>ent</g:id><g:title>&xxe;</g:title><link>https://shop.example/p/ent</link></item>
<item><g:id>plum</g:id><g:title>Plum jam</g:title><link>https://shop.example/p/plum</link></item>
</channel>
</rss>
"#;

const ATOM: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
<entry><id>tag:shop.example,2026:1</id><g:id>tea</g:id><title>Tea</title>
<link rel="self" href="https://shop.example/self"/><link rel="alternate" href="https://shop.example/p/tea?x=1&amp;y=2"/>
<summary type="xhtml"><div>Green <em>leaves</em></div></summary><g:price>1200 JPY</g:price></entry></feed>"#;

#[test]
fn a_gtin_beside_a_code_is_kept_and_a_wrong_one_told() {
    let feed = "id,title,link,ean\n\
        book,Book,https://shop.example/1,0-306-40615-2\n\
        milk,Milk,https://shop.example/2,036000291452\n\
        typo,Typo,https://shop.example/3,4006381333932\n\
        excel,Excel,https://shop.example/4,4.00638E+12\n\
        4006381333931,Same,https://shop.example/5,4006381333931\n";
    let rows = rows(feed.as_bytes(), FeedFormat::Csv);
    let gtins: Vec<_> =
        rows.iter().map(|(_, draft)| draft.as_ref().map(|draft| draft.gtin.as_deref()).map_err(|e| e.field.as_deref())).collect();
    assert_eq!(gtins, [Ok(Some("09780306406157")), Ok(Some("00036000291452")), Err(Some("ean")), Err(Some("ean")), Ok(None)]);
    assert_eq!(rows[4].1.as_ref().unwrap().kind, CodeKind::Gtin);

    let shopify =
        "Handle,Title,Variant SKU,Variant Barcode\nbowl,Bowl,B-1,4006381333931\ncup,Cup,C-1,SHELF-7\njug,Jug,,SHELF-8\n";
    let drafts = good(shopify.as_bytes(), FeedFormat::Csv);
    let numbers: Vec<_> = drafts.iter().map(|draft| (draft.code.as_str(), draft.gtin.as_deref())).collect();
    assert_eq!(numbers, [("B-1", Some("04006381333931")), ("C-1", None), ("jug", None)], "a shop's own barcode is no mistake");

    let woo = "ID,Type,SKU,\"GTIN, UPC, EAN, or ISBN\",Name,Regular price\n7,simple,TEA,96385074,Tea,4\n";
    assert_eq!(good(woo.as_bytes(), FeedFormat::Csv)[0].gtin.as_deref(), Some("00000096385074"));
    let node = r#"{"@context":"https://schema.org","@type":"Product","sku":"oil","gtin13":"4006381333931","name":"Oil","url":"https://shop.example/oil"}"#;
    let oil = &good(node.as_bytes(), FeedFormat::JsonLd)[0];
    assert_eq!((oil.code.as_str(), oil.gtin.as_deref()), ("oil", Some("04006381333931")));
    let rss = r#"<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>fig</g:id><g:gtin>4006381333931</g:gtin>
        <title>Fig</title><link>https://shop.example/fig</link></item></channel></rss>"#;
    assert_eq!(good(rss.as_bytes(), FeedFormat::Xml)[0].gtin.as_deref(), Some("04006381333931"));
}

#[test]
fn rss_and_atom_are_read_and_a_broken_item_is_passed_over() {
    let mut feed = read(RSS.as_bytes(), FeedFormat::Xml).unwrap();
    let (row, fig) = feed.next_item().unwrap();
    let fig = fig.unwrap();
    assert_eq!((row, fig.draft.name.as_str(), minor(&fig.draft)), (5, "Fig & jam", (450, "EUR")));
    assert_eq!(fig.draft.description.as_deref(), Some("Sweet — very"));
    assert_eq!((fig.draft.url.as_str(), fig.pictures.len()), ("https://shop.example/p/fig?a=1&b=2", 1));
    let rest: Vec<(u64, Result<Draft, RowError>)> = feed.by_ref().collect();
    assert_eq!(rest.iter().map(|(row, draft)| (*row, draft.is_ok())).collect::<Vec<_>>(), [(16, false), (17, false), (18, true)]);
    assert!(rest[1].1.as_ref().unwrap_err().message.contains("xxe"));
    assert_eq!(feed.unused(), ["g:shipping"]);

    let tea = &good(ATOM.as_bytes(), FeedFormat::Xml)[0];
    assert_eq!((tea.code.as_str(), tea.url.as_str()), ("tea", "https://shop.example/p/tea?x=1&y=2"));
    assert_eq!((tea.description.as_deref(), minor(tea)), (Some("Green leaves"), (1200, "JPY")));
}

#[test]
fn document_types_are_refused() {
    let bomb = "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY l2 \"&lol;&lol;\">]><rss><channel><item><id>&l2;</id></item></channel></rss>";
    assert!(read(bomb.as_bytes(), FeedFormat::Xml).is_err());
    let later = "<rss><item><id>a</id><title>A</title><link>https://a.example/</link></item><!DOCTYPE x><item/></rss>";
    assert!(rows(later.as_bytes(), FeedFormat::Xml).last().unwrap().1.is_err());
}

const PAGE: &str = r##"<!DOCTYPE html><html><head><script>var a = "<script>";</script>
<script type="application/ld+json">
{"@context":"https://schema.org","@graph":[
 {"@type":"WebPage","name":"no product"},
 {"@type":"Offer","@id":"#offer","price":12.10,"priceCurrency":"EUR","availability":"https://schema.org/LimitedAvailability","inventoryLevel":{"@type":"QuantitativeValue","value":3}},
 {"@type":["Product","Thing"],"sku":"bowl","name":"Bowl","url":"https://shop.example/p/bowl","brand":{"@type":"Brand","name":"Kiln"},
  "image":[{"@type":"ImageObject","contentUrl":"https://cdn.example/1.jpg"},"https://cdn.example/2.jpg"],"offers":{"@id":"#offer"}}
]}
</script>
<script type='application/ld+json'>{"@context":"http://schema.org/","@type":"ItemList","itemListElement":[
 {"@type":"ListItem","position":1,"item":{"@type":"http://schema.org/Product","name":"Oil","gtin13":"4006381333931","url":"https://shop.example/p/oil",
  "offers":{"@type":"AggregateOffer","lowPrice":"18.90","highPrice":"25.00","priceCurrency":"EUR"}}},
 {"@type":"ListItem","position":2,"url":"https://shop.example/p/elsewhere"},
 {"@type":"ListItem","position":3,"item":{"@type":"Product","name":"No code","url":"https://shop.example/p/none"}}
]}</script></head><body></body></html>"##;

const GROUP: &str = r#"{"@context":"https://schema.org","@type":"ProductGroup","name":"Shirt","description":"Cotton","brand":"Loom","url":"https://shop.example/p/shirt",
 "hasVariant":[{"@type":"Product","sku":"S-M","name":"Shirt M","offers":{"@type":"Offer","priceSpecification":{"@type":"UnitPriceSpecification","price":"1234567890123.45","priceCurrency":"USD"}}},
               {"@type":"Product","sku":"S-L","offers":[{"@type":"Offer"},{"@type":"Offer","price":0.10,"priceCurrency":"USD","availability":"SoldOut"}]}]}"#;

#[test]
fn json_ld_is_found_in_pages_graphs_lists_and_groups() {
    assert_eq!(FeedFormat::guess("page.html", PAGE.as_bytes()), Some(FeedFormat::JsonLd));
    let mut feed = read(PAGE.as_bytes(), FeedFormat::JsonLd).unwrap();
    let bowl = feed.next_item().unwrap().1.unwrap();
    assert_eq!((bowl.draft.code.as_str(), minor(&bowl.draft)), ("bowl", (1210, "EUR")));
    assert_eq!((bowl.draft.quantity, bowl.draft.availability), (Some(3), Availability::LimitedAvailability));
    assert_eq!((bowl.draft.brand.as_deref(), bowl.pictures.len()), (Some("Kiln"), 2));
    let oil = feed.next_item().unwrap().1.unwrap().draft;
    assert_eq!((oil.code.as_str(), oil.kind, minor(&oil)), ("4006381333931", CodeKind::Gtin, (1890, "EUR")));
    let (row, none) = feed.next_item().unwrap();
    assert_eq!((row, none.unwrap_err().field.as_deref()), (3, Some("id")));
    assert!(feed.next_item().is_none());

    let shirts = good(GROUP.as_bytes(), FeedFormat::JsonLd);
    assert_eq!((shirts[0].name.as_str(), minor(&shirts[0])), ("Shirt M", (123_456_789_012_345, "USD")), "not a cent is lost");
    assert_eq!(
        (shirts[1].name.as_str(), minor(&shirts[1]), shirts[1].availability),
        ("Shirt", (10, "USD"), Availability::SoldOut)
    );
    assert!(shirts.iter().all(|shirt| shirt.brand.as_deref() == Some("Loom") && shirt.url == "https://shop.example/p/shirt"));

    let lines = format!("{}\n{}\n", GROUP.replace('\n', " "), r#"[{"@type":"Product"},{"@type":"Product","#);
    let rows = rows(lines.as_bytes(), FeedFormat::JsonLd);
    assert_eq!(rows.iter().map(|(_, draft)| draft.is_ok()).collect::<Vec<_>>(), [true, true, false, false, false]);
}

#[test]
fn drafts_are_read_from_arrays_and_lines() {
    let one = r#"{"code":"a","name":"A","url":"https://shop.example/a","price":{"minor":5,"currency":"EUR"}}"#;
    let typo = r#"{"code":"b","name":"B","url":"https://shop.example/b","pirce":1}"#;
    for text in [format!("[{one},\n{typo},{{}}]"), format!("{one}\n\n{typo}\n{{}}")] {
        let rows = rows(text.as_bytes(), FeedFormat::guess("feed.json", text.as_bytes()).unwrap());
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0].1.as_ref().unwrap().code, "a");
        assert_eq!(rows[1].1.as_ref().unwrap_err().field.as_deref(), Some("pirce"));
        assert_eq!(rows[2].1.as_ref().unwrap_err().field.as_deref(), Some("code"));
    }
    let cut = rows(format!("[{one},{{\"code\":").as_bytes(), FeedFormat::Json);
    assert_eq!(cut.iter().filter(|(_, draft)| draft.is_ok()).count(), 1);
    assert!(cut.last().unwrap().1.is_err());
}

#[test]
fn formats_are_told_from_name_and_beginning() {
    for (name, bytes, format) in [
        ("a.csv", &b"x"[..], Some(FeedFormat::Csv)),
        ("a.TSV", b"x", Some(FeedFormat::Tsv)),
        ("", b"id\ttitle\n", Some(FeedFormat::Tsv)),
        ("feed.txt", b"id,title\n", Some(FeedFormat::Csv)),
        ("", b"\xEF\xBB\xBF <rss>", Some(FeedFormat::Xml)),
        ("", b"  [{\"code\":1}]", Some(FeedFormat::Json)),
        ("x.json", b"{\"@context\":\"https://schema.org\"}", Some(FeedFormat::JsonLd)),
        ("book.xlsx", b"PK\x03\x04\0\0", None),
        ("empty", b" \n", None),
    ] {
        assert_eq!(FeedFormat::guess(name, bytes), format, "{name}");
    }
}

#[test]
fn cells_that_a_spreadsheet_would_execute_are_written_as_text() {
    let mut product = product("a");
    for name in ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''@x", "＝1", "'plain", "it's"] {
        product.name = name.to_owned();
        product.brand = Some(name.to_owned());
        for format in [FeedFormat::Csv, FeedFormat::Tsv] {
            let mut out = Vec::new();
            write([product.clone()], format, &mut out).unwrap();
            let mut cells = csv::ReaderBuilder::new();
            cells.delimiter(if format == FeedFormat::Csv { b',' } else { b'\t' });
            let record = cells.from_reader(&out[..]).records().next().unwrap().unwrap();
            assert!(record.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝'])), "{record:?}");
            assert_eq!(good(&out, format)[0].name, name);
        }
    }
}

fn product(code: &str) -> Product {
    Product {
        code: code.to_owned(),
        kind: CodeKind::Sku,
        gtin: None,
        version: 7,
        name: "Name".to_owned(),
        description: None,
        brand: None,
        price: None,
        availability: Availability::InStock,
        quantity: None,
        images: Vec::new(),
        image_style: ImageStyle::Cover,
        seller: Seller { id: "s".to_owned(), name: "Seller".to_owned(), logo: None, badges: Vec::new() },
        url: format!("https://shop.example/p/{code}"),
        layout: "compact".to_owned(),
        withdrawn: false,
        as_of: 0,
        fresh_seconds: 60,
    }
}

/// What a product may be called, without space around it: feeds do not keep that.
fn text(cap: usize) -> impl Strategy<Value = String> {
    let any = prop_oneof![
        "[ -~]{1,40}",
        "[='+@<>&;\"\\\\,\t|/a-z -]{1,30}".prop_map(|text| text.replace('\t', " ")),
        "\\PC{1,20}",
        Just("<p>a  b</p> &amp; <b>".to_owned()),
        Just("\\n literally ]]> --> 字 شاي 🍯".to_owned()),
    ];
    any.prop_map(move |text| text.trim().chars().take(cap).filter(|c| readable(*c)).collect::<String>().trim().to_owned())
        .prop_filter("empty", |text| !text.is_empty())
}

fn readable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FFFE}' | '\u{FFFF}')
}

prop_compose! {
    fn any_product()(
        code in text(60),
        gtin in any::<bool>(),
        beside in proptest::option::of(prop::sample::select(vec!["00000096385074", "00036000291452", "09506000134352"])),
        name in text(100),
        description in proptest::option::of((text(200), text(200)).prop_map(|(a, b)| format!("{a}\n\n{b}"))),
        brand in proptest::option::of(text(100)),
        price in proptest::option::of((0..=1_000_000_000_000_000i64, prop::sample::select(vec!["EUR", "JPY", "KWD", "CLF", "INR"]))),
        availability in 0..7usize,
        quantity in proptest::option::of(0..=i32::MAX.unsigned_abs()),
        images in prop::collection::vec(any::<[u8; 32]>(), 0..=8),
        contain in any::<bool>(),
        path in "[a-z0-9,;=&'%]{0,20}",
        layout in "[a-z0-9_-]{1,20}",
        fresh_seconds in 0..=2_592_000u32,
    ) -> Product {
        let all = [Availability::InStock, Availability::LimitedAvailability, Availability::PreOrder, Availability::BackOrder,
            Availability::OutOfStock, Availability::SoldOut, Availability::Discontinued];
        let mut images: Vec<Hash> = images.into_iter().map(Hash).collect();
        images.dedup();
        Product {
            code: if gtin { "4006381333931".to_owned() } else { code.clone() },
            kind: if gtin { CodeKind::Gtin } else { CodeKind::Sku },
            gtin: beside.filter(|_| !gtin).map(str::to_owned),
            name,
            description,
            brand,
            price: price.map(|(minor, currency)| Price { minor, currency: currency.to_owned() }),
            availability: all[availability],
            quantity,
            images,
            image_style: if contain { ImageStyle::Contain } else { ImageStyle::Cover },
            url: format!("https://shop.example/p/{path}"),
            layout,
            fresh_seconds,
            ..product("x")
        }
    }
}

fn as_draft(product: &Product) -> serde_json::Value {
    let mut fields = serde_json::to_value(product).unwrap();
    let fields_of = fields.as_object_mut().unwrap();
    fields_of.retain(|name, _| !["version", "asOf", "seller"].contains(&name.as_str()));
    serde_json::to_value(serde_json::from_value::<Draft>(fields).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_exported_comes_back(products in prop::collection::vec(any_product(), 0..4)) {
        for format in FeedFormat::ALL {
            let mut out = Vec::new();
            prop_assert_eq!(write(products.clone(), format, &mut out).unwrap(), products.len() as u64);
            let rows: Vec<_> = read(&out, format).unwrap().collect();
            prop_assert_eq!(rows.len(), products.len(), "{} {}", format, String::from_utf8_lossy(&out));
            for ((_, draft), product) in rows.into_iter().zip(&products) {
                let text = || String::from_utf8_lossy(&out).into_owned();
                let draft = draft.map_err(|error| TestCaseError::fail(format!("{format}: {error:?}\n{}", text())))?;
                prop_assert_eq!(serde_json::to_value(draft).unwrap(), as_draft(product), "{} {}", format, text());
            }
        }
    }
}

#[test]
fn withdrawn_products_are_not_exported() {
    let gone = Product { withdrawn: true, ..product("gone") };
    for format in FeedFormat::ALL {
        let mut out = Vec::new();
        assert_eq!(write([product("a"), gone.clone()], format, &mut out).unwrap(), 1);
        assert_eq!(good(&out, format).len(), 1);
    }
}

/// A linear congruential generator: the same damage every time (Knuth, MMIX).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }
}

fn damaged(seed: &[u8], dice: &mut Dice) -> Vec<u8> {
    const TOKENS: &[&[u8]] = &[
        b"\"",
        b"<",
        b"&",
        b"]]>",
        b"<item>",
        b"</item>",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\0",
        b"\xFF",
        b"\\",
        b"\n",
        b",",
        b"<![CDATA[",
        b"<!--",
        b"<!DOCTYPE a>",
        b"\"@id\":",
        b"&#xFFFFFFFF;",
        b"\xEF\xBB\xBF",
        b"999999999999999999999",
        b"\xE2\x82",
    ];
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len().max(1)).min(bytes.len());
        match dice.below(5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 => bytes.truncate(at),
            2 => drop(bytes.splice(at..at, TOKENS[dice.below(TOKENS.len())].iter().copied())),
            3 => {
                let end = (at + dice.below(200)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            _ => drop(bytes.drain(at..(at + dice.below(20)).min(bytes.len()))),
        }
    }
    bytes
}

/// More rows than the feed has bytes would be made of nothing.
fn drain(mut rows: Rows<'_>, cap: usize) -> usize {
    let mut count = 0;
    while let Some((_, item)) = rows.next_item() {
        count += 1;
        assert!(count <= cap, "rows without end");
        if let Ok(item) = item {
            assert!(!item.draft.code.is_empty() && item.pictures.len() <= 8 && item.draft.images.len() <= 8);
        }
    }
    assert!(rows.unused().len() <= 200);
    count
}

#[test]
fn ten_thousand_damaged_feeds_panic_nothing_and_end() {
    let json = "[{\"code\":\"a\",\"name\":\"A\",\"url\":\"https://shop.example/a\"},{\"code\":\"b\"}]";
    let feeds = [GOOGLE, SHOPIFY, WOO, RSS, ATOM, PAGE, GROUP, json];
    let (mut dice, mut read_rows) = (Dice(20_261_121), 0);
    for round in 0..10_000 {
        let bytes = damaged(feeds[round % feeds.len()].as_bytes(), &mut dice);
        let guessed = FeedFormat::guess("feed", &bytes);
        for format in [guessed, Some(FeedFormat::ALL[round % 5])].into_iter().flatten() {
            if let Ok(rows) = read_with(&bytes, format, defaults()) {
                read_rows += drain(rows, bytes.len() + 2);
            }
        }
    }
    assert!(read_rows > 10_000, "most damage leaves rows: {read_rows}");
}

#[test]
fn hostile_sizes_and_depths_are_refused_by_row() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(rows(deep.as_bytes(), FeedFormat::JsonLd).iter().all(|(_, row)| row.is_err()));
    assert!(rows(deep.as_bytes(), FeedFormat::Json).iter().all(|(_, row)| row.is_err()));
    let nested = format!("<rss><item>{}{}</item></rss>", "<a>".repeat(10_000), "</a>".repeat(10_000));
    assert!(rows(nested.as_bytes(), FeedFormat::Xml).iter().all(|(_, row)| row.is_err()));
    let long = "x".repeat(300 * 1024);
    let table = format!(
        "id,title,link,description\na,{long},https://shop.example/a,\nb,B,https://shop.example/b,{long}\nc,C,https://shop.example/c,\n"
    );
    let rows_of_table = rows(table.as_bytes(), FeedFormat::Csv);
    assert_eq!(rows_of_table.iter().map(|(_, row)| row.is_ok()).collect::<Vec<_>>(), [false, false, true]);
    let open = format!("<rss>{}</rss>", "<item><![CDATA[".repeat(200_000));
    assert!(rows(open.as_bytes(), FeedFormat::Xml).len() <= 1000);
    let ids = format!("id,{},title\n", "c,".repeat(5000));
    assert!(read(ids.as_bytes(), FeedFormat::Csv).is_err());
}
