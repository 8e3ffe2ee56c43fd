//! Object stores by their URL: where extracts may come from, and where a warehouse may be. How they are reached, and
//! with whose keys, says the environment: `AWS_…`, `AZURE_…`, `GOOGLE_…`, as for each vendor's own tools.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, ObjectStoreScheme, RetryConfig};
use url::{Position, Url};

/// What a person may name beside folders.
const KNOWN: &str = "s3://, gs://, az://, http:// or https://";

/// A store that does not answer is told after a minute: whoever scheduled the run can try again.
const RETRIES: usize = 5;
const RETRY_FOR: Duration = Duration::from_mins(1);

/// A place in an object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreUrl(Url);

/// The path that a text names where it is a local one: `folder` or `file:///folder`.
pub fn local_path(text: &str) -> Option<&str> {
    if text.contains("://") { text.strip_prefix("file://") } else { Some(text) }
}

impl StoreUrl {
    /// # Errors
    /// When it is no URL of a kind that is known.
    pub fn parse(text: &str) -> Result<StoreUrl> {
        let url = Url::parse(text).with_context(|| format!("`{text}` is no URL"))?;
        match ObjectStoreScheme::parse(&url) {
            Ok((ObjectStoreScheme::Local | ObjectStoreScheme::Memory, _)) | Err(_) => {
                bail!("`{text}` is of no kind that is known, expected a folder, file://, {KNOWN}")
            }
            Ok(_) => Ok(StoreUrl(url)),
        }
    }

    /// The store, whose root is the place.
    ///
    /// # Errors
    /// When the environment does not say enough to reach it.
    pub fn open(&self) -> Result<Arc<dyn ObjectStore>> {
        let StoreUrl(url) = self;
        let retry = RetryConfig { max_retries: RETRIES, retry_timeout: RETRY_FOR, ..RetryConfig::default() };
        let (scheme, prefix) = ObjectStoreScheme::parse(url).with_context(|| format!("opening {self}"))?;
        let opening = || format!("opening {self}: look at the variables of the environment that its store needs");
        Ok(match scheme {
            ObjectStoreScheme::AmazonS3 => {
                let builder = AmazonS3Builder::from_env().with_url(url.as_str()).with_retry(retry);
                below(builder.build().with_context(opening)?, prefix)
            }
            ObjectStoreScheme::GoogleCloudStorage => {
                let builder = GoogleCloudStorageBuilder::from_env().with_url(url.as_str()).with_retry(retry);
                below(builder.build().with_context(opening)?, prefix)
            }
            ObjectStoreScheme::MicrosoftAzure => {
                let builder = MicrosoftAzureBuilder::from_env().with_url(url.as_str()).with_retry(retry);
                below(builder.build().with_context(opening)?, prefix)
            }
            ObjectStoreScheme::Http => {
                let options = ClientOptions::new().with_allow_http(url.scheme() == "http");
                let host = &url[..Position::BeforePath];
                let builder = HttpBuilder::new().with_url(host).with_client_options(options).with_retry(retry);
                below(builder.build().with_context(opening)?, prefix)
            }
            _ => bail!("`{url}` is of no kind that is known, expected {KNOWN}"),
        })
    }

    /// The place of something below.
    #[must_use]
    pub fn join(&self, path: &str) -> StoreUrl {
        let StoreUrl(url) = self;
        let mut url = url.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(path.split('/').filter(|part| !part.is_empty()));
        }
        StoreUrl(url)
    }
}

impl std::fmt::Display for StoreUrl {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A password that stands in a URL is nobody's business but the store's.
        match (self.0.password(), self.0.host_str()) {
            (Some(_), Some(host)) => write!(out, "{}://…@{host}{}", self.0.scheme(), self.0.path()),
            _ => out.write_str(self.0.as_str()),
        }
    }
}

fn below(store: impl ObjectStore, prefix: Path) -> Arc<dyn ObjectStore> {
    if prefix.as_ref().is_empty() { Arc::new(store) } else { Arc::new(PrefixStore::new(store, prefix)) }
}
