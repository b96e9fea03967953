//! The few words the renderer itself writes.

use crate::data::Availability;
use crate::locale;

pub(crate) const BUILT_IN_BADGES: &[&str] = &["verified", "crown"];

pub(crate) struct Words {
    in_stock: &'static str,
    few: &'static str,
    /// With `{}` for the number.
    only: &'static str,
    pre_order: &'static str,
    back_order: &'static str,
    out_of_stock: &'static str,
    sold_out: &'static str,
    discontinued: &'static str,
    verified: &'static str,
    crown: &'static str,
}

/// The first is for everybody else.
const LANGUAGES: [(&str, [&str; 10]); 23] = [
    (
        "en",
        [
            "In stock",
            "Few left",
            "Only {} left",
            "Pre-order",
            "On back order",
            "Out of stock",
            "Sold out",
            "Discontinued",
            "Verified",
            "Top seller",
        ],
    ),
    ("zh", ["有货", "库存紧张", "仅剩 {} 件", "预售", "补货中", "缺货", "已售罄", "已停售", "已认证", "皇冠卖家"]),
    ("zh-Hant", ["有貨", "庫存不多", "僅剩 {} 件", "預購", "補貨中", "缺貨", "已售完", "已停售", "已認證", "皇冠賣家"]),
    (
        "de",
        [
            "Auf Lager",
            "Nur noch wenige",
            "Nur noch {} Stück",
            "Vorbestellbar",
            "Nachbestellt",
            "Nicht auf Lager",
            "Ausverkauft",
            "Eingestellt",
            "Geprüft",
            "Top-Verkäufer",
        ],
    ),
    (
        "fr",
        [
            "En stock",
            "Bientôt épuisé",
            "Plus que {}",
            "Précommande",
            "En réassort",
            "Indisponible",
            "Épuisé",
            "Arrêté",
            "Vérifié",
            "Meilleur vendeur",
        ],
    ),
    (
        "es",
        [
            "En stock",
            "Quedan pocos",
            "Solo quedan {}",
            "Preventa",
            "Bajo pedido",
            "Sin existencias",
            "Agotado",
            "Descatalogado",
            "Verificado",
            "Vendedor destacado",
        ],
    ),
    (
        "it",
        [
            "Disponibile",
            "Quasi esaurito",
            "Solo {} rimasti",
            "Preordine",
            "In arrivo",
            "Non disponibile",
            "Esaurito",
            "Fuori produzione",
            "Verificato",
            "Venditore top",
        ],
    ),
    (
        "pt",
        [
            "Em estoque",
            "Últimas unidades",
            "Restam {}",
            "Pré-venda",
            "Sob encomenda",
            "Sem estoque",
            "Esgotado",
            "Descontinuado",
            "Verificado",
            "Vendedor destaque",
        ],
    ),
    (
        "nl",
        [
            "Op voorraad",
            "Bijna op",
            "Nog maar {}",
            "Voorbestellen",
            "In bestelling",
            "Niet op voorraad",
            "Uitverkocht",
            "Uit assortiment",
            "Geverifieerd",
            "Topverkoper",
        ],
    ),
    (
        "pl",
        [
            "Dostępny",
            "Ostatnie sztuki",
            "Zostało: {}",
            "Przedsprzedaż",
            "Na zamówienie",
            "Niedostępny",
            "Wyprzedany",
            "Wycofany",
            "Zweryfikowany",
            "Najlepszy sprzedawca",
        ],
    ),
    (
        "sv",
        [
            "I lager",
            "Få kvar",
            "Bara {} kvar",
            "Förbeställ",
            "Restnoterad",
            "Ej i lager",
            "Slutsåld",
            "Utgått",
            "Verifierad",
            "Toppsäljare",
        ],
    ),
    (
        "el",
        [
            "Διαθέσιμο",
            "Λίγα τεμάχια",
            "Απομένουν {}",
            "Προπαραγγελία",
            "Παραγγελία",
            "Μη διαθέσιμο",
            "Εξαντλήθηκε",
            "Καταργήθηκε",
            "Επαληθευμένος",
            "Κορυφαίος πωλητής",
        ],
    ),
    (
        "tr",
        [
            "Stokta",
            "Az kaldı",
            "Son {} adet",
            "Ön sipariş",
            "Sipariş üzerine",
            "Stokta yok",
            "Tükendi",
            "Üretimi bitti",
            "Doğrulanmış",
            "En iyi satıcı",
        ],
    ),
    (
        "ru",
        [
            "В наличии",
            "Осталось мало",
            "Осталось: {}",
            "Предзаказ",
            "Под заказ",
            "Нет в наличии",
            "Распродано",
            "Снято с продажи",
            "Проверено",
            "Лучший продавец",
        ],
    ),
    (
        "uk",
        [
            "В наявності",
            "Залишилося мало",
            "Залишилося: {}",
            "Передзамовлення",
            "Під замовлення",
            "Немає",
            "Розпродано",
            "Знято з продажу",
            "Перевірено",
            "Найкращий продавець",
        ],
    ),
    (
        "ar",
        [
            "متوفر",
            "كمية محدودة",
            "المتبقي: {}",
            "طلب مسبق",
            "حسب الطلب",
            "غير متوفر",
            "نفدت الكمية",
            "لم يعد يُباع",
            "موثّق",
            "بائع مميّز",
        ],
    ),
    ("he", ["במלאי", "מלאי מוגבל", "נותרו {}", "הזמנה מראש", "בהזמנה", "לא במלאי", "אזל", "הופסק", "מאומת", "מוכר מוביל"]),
    ("hi", ["उपलब्ध", "कुछ ही शेष", "केवल {} शेष", "प्री-ऑर्डर", "बैकऑर्डर पर", "स्टॉक में नहीं", "बिक गया", "बंद", "सत्यापित", "शीर्ष विक्रेता"]),
    (
        "th",
        [
            "มีสินค้า",
            "เหลือน้อย",
            "เหลือ {} ชิ้น",
            "สั่งจองล่วงหน้า",
            "รอสินค้าเข้า",
            "สินค้าหมด",
            "ขายหมดแล้ว",
            "เลิกจำหน่าย",
            "ยืนยันแล้ว",
            "ผู้ขายยอดเยี่ยม",
        ],
    ),
    (
        "vi",
        [
            "Còn hàng",
            "Sắp hết",
            "Chỉ còn {}",
            "Đặt trước",
            "Chờ nhập hàng",
            "Hết hàng",
            "Đã bán hết",
            "Ngừng bán",
            "Đã xác minh",
            "Người bán hàng đầu",
        ],
    ),
    (
        "id",
        [
            "Tersedia",
            "Hampir habis",
            "Sisa {}",
            "Prapesan",
            "Inden",
            "Stok habis",
            "Terjual habis",
            "Dihentikan",
            "Terverifikasi",
            "Penjual teratas",
        ],
    ),
    (
        "ja",
        [
            "在庫あり",
            "残りわずか",
            "残り {} 点",
            "予約受付中",
            "取り寄せ",
            "在庫なし",
            "売り切れ",
            "販売終了",
            "認証済み",
            "優良ショップ",
        ],
    ),
    (
        "ko",
        [
            "재고 있음",
            "품절 임박",
            "{}개 남음",
            "예약 판매",
            "입고 예정",
            "재고 없음",
            "품절",
            "판매 종료",
            "인증됨",
            "우수 판매자",
        ],
    ),
];

pub(crate) fn of(locale: &str) -> Words {
    let language = if locale::is_traditional(locale) { "zh-Hant" } else { locale::language(locale) };
    let (_, words) = LANGUAGES.iter().find(|(tag, _)| *tag == language).unwrap_or(&LANGUAGES[0]);
    let [in_stock, few, only, pre_order, back_order, out_of_stock, sold_out, discontinued, verified, crown] = *words;
    Words { in_stock, few, only, pre_order, back_order, out_of_stock, sold_out, discontinued, verified, crown }
}

pub(crate) fn id(availability: Availability) -> &'static str {
    match availability {
        Availability::InStock => "in_stock",
        Availability::Limited => "limited",
        Availability::PreOrder => "pre_order",
        Availability::BackOrder => "back_order",
        Availability::OutOfStock => "out_of_stock",
        Availability::SoldOut => "sold_out",
        Availability::Discontinued => "discontinued",
    }
}

impl Words {
    pub(crate) fn availability(&self, availability: Availability, quantity: Option<u32>) -> String {
        let word = match (availability, quantity) {
            (Availability::Limited, Some(left @ 1..=99)) => {
                return self.only.replace("{}", &left.to_string());
            }
            (Availability::InStock, _) => self.in_stock,
            (Availability::Limited, _) => self.few,
            (Availability::PreOrder, _) => self.pre_order,
            (Availability::BackOrder, _) => self.back_order,
            (Availability::OutOfStock, _) => self.out_of_stock,
            (Availability::SoldOut, _) => self.sold_out,
            (Availability::Discontinued, _) => self.discontinued,
        };
        word.to_owned()
    }

    pub(crate) fn badge<'a>(&'a self, badge: &'a str) -> &'a str {
        match badge {
            "verified" => self.verified,
            "crown" => self.crown,
            other => other,
        }
    }
}
