//! Tables: Google's fields, spreadsheets of every kind, Shopify, WooCommerce.

use stoa_catalog::server::feeds::{FeedFormat, read, read_with};
use stoa_catalog::server::{Draft, RowError};
use stoa_catalog::{Availability, CodeKind};

use crate::{defaults, minor, rows};

pub const GOOGLE: &str = "id\ttitle\tdescription\tlink\timage_link\tadditional_image_link\tavailability\tprice\tsale_price\tsale_price_effective_date\tbrand\tgtin\tcustom_label_0\n\
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

pub const SHOPIFY: &str = "Handle,Title,Body (HTML),Vendor,Type,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Barcode,Image Src,Image Position,Variant Image,Status\n\
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

pub const WOO: &str = "ID,Type,SKU,\"GTIN, UPC, EAN, or ISBN\",Name,Published,\"Short description\",Description,\"Date sale price starts\",\"Date sale price ends\",\"In stock?\",Stock,\"Sale price\",\"Regular price\",Images,Parent,Brands\n\
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
