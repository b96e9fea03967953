//! Codes made of squares or rows, by rxing's readers one after another, in one form of the picture.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use rxing::aztec::AztecReader;
use rxing::common::{GlobalHistogramBinarizer, HybridBinarizer};
use rxing::datamatrix::DataMatrixReader;
use rxing::multi::MultipleBarcodeReader;
use rxing::pdf417::PDF417Reader;
use rxing::qrcode::QRCodeReader;
use rxing::qrcode::cpp_port::QrReader;
use rxing::{
    BarcodeFormat, Binarizer, BinaryBitmap, DecodeHints, Luma8Source, RXingResult, RXingResultMetadataType,
    RXingResultMetadataValue, Reader,
};

use super::grey::{Area, Grey};
use super::{CodeFormat, Found, MAX_CODES};

/// White around the picture, in pixels: a code at its edge has a quiet zone, and no side is too short for rxing.
const MARGIN: usize = 12;
/// Shorter side without a margin, in pixels: below it rxing has no local thresholds, and panics on some.
const LEAST_BARE: usize = 40;

/// How black and white are told apart, and how long is searched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form {
    /// One threshold for all of it, in place of one for each neighbourhood.
    pub global: bool,
    /// Gaps of a pixel filled: modules drawn as dots.
    pub closed: bool,
    pub harder: bool,
    /// Without the white margin, which also shifts the local thresholds, unless the picture is small.
    pub bare: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Qr,
    Pdf417,
    DataMatrix,
    Aztec,
}

/// The codes seen, with their places.
pub fn read(grey: &Grey, form: Form, end: Instant) -> Vec<(Found, Area)> {
    let margin = if form.bare && grey.shorter() >= LEAST_BARE { 0 } else { MARGIN };
    let mut grey = grey.with_margin(margin);
    let mut found = Vec::new();
    for kind in [Kind::Qr, Kind::Pdf417] {
        found.extend(seen(&grey, form, kind, end));
    }
    for kind in [Kind::DataMatrix, Kind::Aztec] {
        // These readers stop at the first of their kind.
        while found.len() < MAX_CODES {
            let one = seen(&grey, form, kind, end);
            if one.is_empty() {
                break;
            }
            one.iter().for_each(|(_, area)| grey.erase(area));
            found.extend(one);
        }
    }
    found.truncate(MAX_CODES);
    found.into_iter().map(|(found, area)| (found, area.moved(-(margin as f32)).grown(0.1))).collect()
}

fn seen(grey: &Grey, form: Form, kind: Kind, end: Instant) -> Vec<(Found, Area)> {
    let size = (u32::try_from(grey.width), u32::try_from(grey.height));
    let (true, (Ok(width), Ok(height))) = (Instant::now() < end, size) else { return Vec::new() };
    let Ok(source) = Luma8Source::new_with_slice(&grey.samples, width, height) else { return Vec::new() };
    let search = || {
        if form.global {
            results(BinaryBitmap::new(GlobalHistogramBinarizer::new(source)), form, kind)
        } else {
            results(BinaryBitmap::new(HybridBinarizer::new(source)), form, kind)
        }
    };
    // rxing panics on some pictures: the reader that did has seen nothing, the others go on.
    let results = catch_unwind(AssertUnwindSafe(search)).unwrap_or_default();
    let place = |result: &RXingResult| Area::around(result.getPoints().iter().map(|point| (point.x, point.y)));
    results.iter().filter_map(|result| Some((found(result)?, place(result)?))).collect()
}

fn results<B: Binarizer>(mut image: BinaryBitmap<B>, form: Form, kind: Kind) -> Vec<RXingResult> {
    let hints = DecodeHints { TryHarder: Some(form.harder), ..DecodeHints::default() };
    if form.closed && image.close().is_err() {
        return Vec::new();
    }
    let image = &mut image;
    match kind {
        Kind::Qr => {
            let plain = DecodeHints { PossibleFormats: Some([BarcodeFormat::QR_CODE].into()), ..hints.clone() };
            let found = QrReader.decode_multiple_with_hints(image, &plain).unwrap_or_default();
            if found.is_empty() { QRCodeReader.decode_with_hints(image, &hints).into_iter().collect() } else { found }
        }
        Kind::Pdf417 => PDF417Reader.decode_multiple_with_hints(image, &hints).unwrap_or_default(),
        Kind::DataMatrix => {
            // Not harder, it looks from the middle of the picture only.
            let harder = DecodeHints { TryHarder: Some(form.harder || form.bare), ..hints };
            DataMatrixReader.decode_with_hints(image, &harder).into_iter().collect()
        }
        Kind::Aztec => AztecReader.decode_with_hints(image, &hints).into_iter().collect(),
    }
}

/// None for a kind that was not asked for.
pub fn found(result: &RXingResult) -> Option<Found> {
    let format = match result.getBarcodeFormat() {
        BarcodeFormat::EAN_13 => CodeFormat::Ean13,
        BarcodeFormat::EAN_8 => CodeFormat::Ean8,
        BarcodeFormat::UPC_A => CodeFormat::UpcA,
        BarcodeFormat::UPC_E => CodeFormat::UpcE,
        BarcodeFormat::CODE_128 => CodeFormat::Code128,
        BarcodeFormat::CODE_39 => CodeFormat::Code39,
        BarcodeFormat::ITF => CodeFormat::Itf,
        BarcodeFormat::RSS_14 => CodeFormat::DataBar,
        BarcodeFormat::RSS_EXPANDED => CodeFormat::DataBarExpanded,
        BarcodeFormat::QR_CODE => CodeFormat::QrCode,
        BarcodeFormat::DATA_MATRIX => CodeFormat::DataMatrix,
        BarcodeFormat::PDF_417 => CodeFormat::Pdf417,
        BarcodeFormat::AZTEC => CodeFormat::Aztec,
        _ => return None,
    };
    // ISO/IEC 15424 symbology identifiers of data in GS1 element strings.
    let identifier = result.getRXingResultMetadata().get(&RXingResultMetadataType::SYMBOLOGY_IDENTIFIER);
    let gs1 = matches!(identifier, Some(RXingResultMetadataValue::SymbologyIdentifier(name))
        if ["]C1", "]e0", "]d2", "]Q3", "]J1"].contains(&name.as_str()));
    Some(Found { format, text: result.getText().to_owned(), gs1 })
}
