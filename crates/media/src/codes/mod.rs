//! Codes in a picture, by rxing: bars (EAN, UPC, Code 39 and 128, ITF, DataBar) and matrices (QR, Data Matrix, Aztec, PDF417).
//!
//! Bars are read along many lines, each by itself, and believed only when lines agree (`linear`): a check digit alone lets one
//! misreading in ten pass. Matrices correct their errors and are believed at once (`matrix`).

mod edges;
mod grey;
mod gtin;
mod linear;
mod matrix;

use std::time::{Duration, Instant};

use image::DynamicImage;
use serde::{Deserialize, Serialize};

use edges::Edges;
use grey::{Area, Grey};
use linear::Bars;
use matrix::Form;

pub use gtin::gtin;

/// Most codes of one picture.
pub const MAX_CODES: usize = 16;
/// Longest text of a code, in characters; a code with more is not returned. GS1 element strings and product links stay below 2,048.
pub const MAX_CODE_TEXT: usize = 4096;
/// Longest side of what is searched unasked, in pixels.
pub const USUAL_LONGEST: u32 = 1600;
/// Longest side of what is searched on request, in pixels.
pub const THOROUGH_LONGEST: u32 = 2800;

/// No further form of the picture is tried after this long.
const USUAL_TIME: Duration = Duration::from_millis(1500);
const THOROUGH_TIME: Duration = Duration::from_millis(2500);

/// What kind of code it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CodeFormat {
    Ean13,
    Ean8,
    UpcA,
    UpcE,
    Code128,
    Code39,
    Itf,
    DataBar,
    DataBarExpanded,
    QrCode,
    DataMatrix,
    Pdf417,
    Aztec,
}

impl CodeFormat {
    /// A stable name for programs: `ean-13`, `qr-code`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ean13 => "ean-13",
            Self::Ean8 => "ean-8",
            Self::UpcA => "upc-a",
            Self::UpcE => "upc-e",
            Self::Code128 => "code-128",
            Self::Code39 => "code-39",
            Self::Itf => "itf",
            Self::DataBar => "databar",
            Self::DataBarExpanded => "databar-expanded",
            Self::QrCode => "qr-code",
            Self::DataMatrix => "data-matrix",
            Self::Pdf417 => "pdf417",
            Self::Aztec => "aztec",
        }
    }
}

/// A code and what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Found {
    pub format: CodeFormat,
    /// At most [`MAX_CODE_TEXT`] characters, hostile. EAN, UPC and DataBar with their check digit; UPC-E in its 8 digits. DataBar Expanded with
    /// its identifiers in brackets, other GS1 element strings with their separators (U+001D).
    pub text: String,
    /// The code says that its text is a GS1 element string (FNC1 comes first).
    pub gs1: bool,
}

struct Scan {
    thorough: bool,
    end: Instant,
    bars: Bars,
    matrices: Vec<(Found, Area)>,
}

/// The codes of a picture, at most [`MAX_CODES`]. `thorough` tries more forms and angles, for seconds, and believes weaker kinds.
pub fn find(raster: DynamicImage, thorough: bool) -> Vec<Found> {
    let grey = Grey::of(raster);
    let time = if thorough { THOROUGH_TIME } else { USUAL_TIME };
    let mut scan = Scan { thorough, end: Instant::now() + time, bars: Bars::default(), matrices: Vec::new() };
    scan.usual(&grey);
    if thorough {
        scan.thorough(&grey);
    }
    scan.found()
}

impl Scan {
    fn usual(&mut self, grey: &Grey) {
        for angle in [0.0, 90.0] {
            self.bars.sweep(grey, 1.0, (angle, 40), &[Edges::Sharpened, Edges::Smooth, Edges::Extremes], self.end);
        }
        self.matrix(grey, 1.0, Form { bare: true, ..Form::default() });
        // What follows costs as much again for each form: only for a picture that has shown nothing.
        let (local, global) = (Form::default(), Form { global: true, ..Form::default() });
        let halved = (grey.shorter() >= 150).then(|| grey.halved());
        let inverted = grey.inverted();
        let enlarged = (grey.shorter() < 200).then(|| grey.enlarged(3));
        let more = [
            (Some(grey), 1.0, global),
            (Some(grey), 1.0, local),
            (enlarged.as_ref(), 3.0, local),
            (halved.as_ref(), 0.5, global),
            (halved.as_ref(), 0.5, local),
            (Some(&inverted), 1.0, local),
            (Some(&inverted), 1.0, global),
        ];
        for (grey, scale, form) in more {
            if let (Some(grey), false) = (grey, self.shown()) {
                self.matrix(grey, scale, form);
            }
        }
    }

    fn thorough(&mut self, grey: &Grey) {
        let harder = Form { harder: true, ..Form::default() };
        let all = [Edges::Sharpened, Edges::Smooth, Edges::Extremes, Edges::Doubled, Edges::Plain];
        for angle in [0.0, 90.0] {
            self.bars.sweep(grey, 1.0, (angle, 96), &all, self.end);
        }
        let halved = grey.halved();
        let inverted = grey.inverted();
        for form in [
            harder,
            Form { global: true, ..harder },
            Form { closed: true, ..harder },
            Form { global: true, closed: true, ..harder },
        ] {
            self.matrix(grey, 1.0, form);
            if form.closed {
                continue;
            }
            self.matrix(&halved, 0.5, form);
            self.matrix(&inverted, 1.0, form);
            if grey.shorter() < 400 {
                self.matrix(&grey.enlarged(2), 2.0, form);
            }
            if grey.shorter() < 200 {
                self.matrix(&grey.enlarged(3), 3.0, form);
            }
        }
        for angle in [20.0, -20.0, 45.0, -45.0, 70.0, -70.0] {
            self.bars.sweep(grey, 1.0, (angle, 48), &all[..3], self.end);
        }
        for angle in [0.0, 90.0] {
            self.bars.sweep(&inverted, 1.0, (angle, 40), &all[..3], self.end);
            self.bars.sweep(&halved, 0.5, (angle, 40), &all[..3], self.end);
        }
        let quarter = halved.halved();
        self.matrix(&quarter, 0.25, harder);
        self.matrix(&quarter, 0.25, Form { global: true, ..harder });
    }

    fn matrix(&mut self, grey: &Grey, scale: f32, form: Form) {
        for (found, area) in matrix::read(grey, form, self.end) {
            let area = area.scaled(1.0 / scale);
            // The same code in another form of the picture; two that hold the same are one.
            if !self.matrices.iter().any(|(known, at)| known == &found || (known.format == found.format && at.meets(&area))) {
                self.matrices.push((found, area));
            }
        }
    }

    fn shown(&self) -> bool {
        !self.matrices.is_empty() || !self.bars.agreed(self.thorough).is_empty()
    }

    fn found(self) -> Vec<Found> {
        let mut all = self.bars.agreed(self.thorough);
        // Bars read out of a matrix are none.
        all.retain(|(_, area)| !self.matrices.iter().any(|(_, matrix)| matrix.meets(area)));
        all.extend(self.matrices);
        let mut found: Vec<Found> = all.into_iter().map(|(found, _)| found).collect();
        found.retain(|found| !found.text.is_empty() && found.text.chars().count() <= MAX_CODE_TEXT);
        found.truncate(MAX_CODES);
        found
    }
}
