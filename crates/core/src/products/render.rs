//! From a product and its decoded pictures to a picture of the card, within a deadline.

use std::time::{Duration, Instant};

use stoa_layouts::{CardData, DEADLINE, Image, Layout};

use crate::api::Theme;
use crate::error::{Code, Result, bad};

/// A build without optimisation is slower by this much.
const SLOWER: u32 = if cfg!(debug_assertions) { 8 } else { 1 };
/// Waited for at most, on a machine that is busy otherwise.
const PATIENCE: Duration = Duration::from_secs(3);

/// How the reader looks at it.
#[derive(Clone, Debug)]
pub struct View {
    pub theme: Theme,
    pub locale: String,
    /// 1 or 2.
    pub scale: u32,
}

impl View {
    /// # Errors
    /// `bad_request`.
    pub fn new(theme: Theme, locale: &str, scale: u32) -> Result<Self> {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        if !(1..=2).contains(&scale) || locale.len() > 35 || !locale.chars().all(fits) {
            return bad(Code::BadRequest, "scale is 1 or 2, locale a BCP 47 tag");
        }
        Ok(Self { theme, locale: locale.to_owned(), scale })
    }
}

/// A drawn card, its size in CSS pixels.
pub struct Rendered {
    pub png: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

pub enum Failed {
    /// Past the deadline.
    Slow,
    Refused(String),
}

pub async fn render(layout: Vec<u8>, data: CardData, images: Vec<Image>, view: View) -> Result<Rendered, Failed> {
    let work = tokio::task::spawn_blocking(move || drawn(&layout, &data, &images, &view));
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(drawn)) => drawn,
        Ok(Err(error)) => Err(Failed::Refused(format!("drawing ended early: {error}"))),
        Err(_) => Err(Failed::Slow),
    }
}

fn drawn(layout: &[u8], data: &CardData, images: &[Image], view: &View) -> Result<Rendered, Failed> {
    let refused = |error: stoa_layouts::Error| Failed::Refused(error.to_string());
    let theme = match view.theme {
        Theme::Light => stoa_layouts::Theme::Light,
        Theme::Dark => stoa_layouts::Theme::Dark,
    };
    let layout = Layout::parse(layout).map_err(refused)?;
    let clock = Clock::start();
    let how = stoa_layouts::View { locale: &view.locale, theme, scale: view.scale };
    let drawn = stoa_layouts::render(&layout, data, images, &how).map_err(refused)?;
    if clock.spent() > DEADLINE * SLOWER {
        return Err(Failed::Slow);
    }
    let (width, height) = (drawn.width / view.scale, drawn.height / view.scale);
    let png = drawn.png().map_err(refused)?;
    Ok(Rendered { png, width, height })
}

/// The processor's time on this thread where the system tells it (Linux), the time that passed elsewhere.
struct Clock {
    thread: Option<Duration>,
    wall: Instant,
}

impl Clock {
    fn start() -> Self {
        Self { thread: on_thread(), wall: Instant::now() }
    }

    fn spent(&self) -> Duration {
        match (self.thread, on_thread()) {
            (Some(start), Some(now)) => now.saturating_sub(start),
            _ => self.wall.elapsed(),
        }
    }
}

/// The first number of schedstat: nanoseconds on a processor (Documentation/scheduler/sched-stats.rst).
fn on_thread() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}
