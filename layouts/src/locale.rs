//! What a BCP 47 tag says: which words, which numbers, which direction. Read leniently; never an error.

/// The primary subtag, in lower case as BCP 47 writes it.
pub(crate) fn language(locale: &str) -> &str {
    locale.split(['-', '_']).next().unwrap_or("en")
}

pub(crate) fn is_right_to_left(locale: &str) -> bool {
    matches!(language(locale), "ar" | "he" | "iw" | "fa" | "ur")
}

/// Chinese that is written in traditional characters.
pub(crate) fn is_traditional(locale: &str) -> bool {
    language(locale) == "zh" && locale.split(['-', '_']).any(|part| matches!(part, "Hant" | "TW" | "HK" | "MO"))
}

/// The tag of the number table that suits best.
pub(crate) fn numbers(locale: &str) -> &'static str {
    match language(locale) {
        "en" if !["en", "en-US", "en-CA", "en-PH"].contains(&locale) => "en-GB",
        "de" => "de",
        "fr" => "fr",
        "es" => "es",
        "it" => "it",
        "pt" => "pt",
        "nl" => "nl",
        "pl" => "pl",
        "sv" => "sv",
        "el" => "el",
        "tr" => "tr",
        "ru" => "ru",
        "uk" => "uk",
        "ar" => "ar",
        "he" | "iw" => "he",
        "hi" => "hi",
        "th" => "th",
        "vi" => "vi",
        "id" | "in" => "id",
        "ja" => "ja",
        "ko" => "ko",
        "zh" if is_traditional(locale) => "zh-Hant",
        "zh" => "zh-Hans",
        _ => "en",
    }
}
