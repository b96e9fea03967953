//! XML, JSON-LD, drafts, and how formats and GTINs are told.

use stoa_catalog::server::feeds::{FeedFormat, read};
use stoa_catalog::server::{Draft, RowError};
use stoa_catalog::{Availability, CodeKind};

use crate::{good, minor, rows};

pub const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
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

pub const ATOM: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
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

pub const PAGE: &str = r##"<!DOCTYPE html><html><head><script>var a = "<script>";</script>
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

pub const GROUP: &str = r#"{"@context":"https://schema.org","@type":"ProductGroup","name":"Shirt","description":"Cotton","brand":"Loom","url":"https://shop.example/p/shirt",
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
