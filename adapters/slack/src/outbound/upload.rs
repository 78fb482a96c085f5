//! Files. <https://docs.slack.dev/messaging/working-with-files/#upload>

use serde_json::{Value, json};
use url::Url;

use super::error::CallError;
use super::message::Spot;
use super::transport::{Body, Method, Request};
use super::{Again, Outbound, always};
use crate::inbound::text_at;

impl Outbound {
    /// Puts a text into a channel or thread as a file. Nothing is seen of it before the last step, which is made once.
    pub(crate) async fn upload(&self, spot: &Spot, name: &str, text: &str) -> Result<(), CallError> {
        let (url, id) = self.upload_url(name, text.len()).await?;
        let content = Request { method: Method::Upload, body: Body::BytesToUrl(url, text.into()) };
        self.call(&content, None, Again::Idempotent, always).await?;
        let mut body = json!({"files": [{"id": id, "title": name}], "channel_id": spot.channel});
        if let Some(thread) = &spot.thread {
            body["thread_ts"] = json!(thread);
        }
        let request = Request::json(Method::CompleteUpload, body);
        self.call(&request, None, Again::Never, always).await.map(drop)
    }

    async fn upload_url(&self, name: &str, length: usize) -> Result<(Url, String), CallError> {
        let query = vec![("filename", name.to_string()), ("length", length.to_string())];
        let request = Request::query(Method::GetUploadUrl, query);
        let answer: Value = self.call(&request, None, Again::Idempotent, always).await?;
        let url = text_at(&answer, "/upload_url").and_then(|url| Url::parse(url).ok());
        let safe = |url: &Url| {
            url.scheme() == "https" || (url.scheme() == "http" && crate::options::is_loopback(url))
        };
        let id = text_at(&answer, "/file_id").map(str::to_string);
        url.filter(safe).zip(id).ok_or(CallError::Garbled)
    }
}
