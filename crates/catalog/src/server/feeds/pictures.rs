//! The pictures that a feed names by links: fetched only when the operator asks for it, from public addresses.

use stoa_fetch::{Allow, Fetcher, Request};

/// The largest picture, in bytes.
pub const PICTURE_CAP: u64 = 16 * 1024 * 1024;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct PictureFetcher(Fetcher);

impl PictureFetcher {
    /// Errors when the platform's TLS set-up cannot be read.
    pub fn new() -> Result<Self, stoa_fetch::Error> {
        Ok(Self(Fetcher::new()?))
    }

    /// The bytes behind this link, not yet known to be a picture; else why not, in a sentence.
    pub async fn fetch(&self, link: &str) -> Result<Vec<u8>, String> {
        let url = url::Url::parse(link).map_err(|_| "not a link".to_owned())?;
        let request = Request { url, etag: None, cap: PICTURE_CAP, allow: Allow::Public };
        let response = self.0.get(request).await.map_err(|error| error.to_string())?;
        match response.status {
            200 => Ok(response.body.to_vec()),
            status => Err(format!("the server answered with status {status}")),
        }
    }
}
