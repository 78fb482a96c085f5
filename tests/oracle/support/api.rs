//! The API server through `kubectl proxy`: plain HTTP, one request a connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;

/// How long any answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The proxy's port.
#[derive(Clone, Copy, Debug)]
pub struct Api(pub u16);

impl Api {
    /// Reads an object or a list.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.request("GET", path, "application/json", "")
    }

    /// Makes an object.
    ///
    /// # Errors
    /// As for [`get`](Api::get).
    pub fn create(&self, path: &str, object: &Value) -> anyhow::Result<Value> {
        self.request("POST", path, "application/json", &object.to_string())
    }

    /// What making an object would make of it.
    ///
    /// # Errors
    /// As for [`get`](Api::get).
    pub fn request_dry(&self, path: &str, object: &Value) -> anyhow::Result<Value> {
        self.request("POST", &format!("{path}?dryRun=All"), "application/json", &object.to_string())
    }

    /// Changes parts of an object, by a merge patch.
    ///
    /// # Errors
    /// As for [`get`](Api::get).
    pub fn merge(&self, path: &str, patch: &Value) -> anyhow::Result<Value> {
        self.request("PATCH", path, "application/merge-patch+json", &patch.to_string())
    }

    /// Takes an object away at once; one that is not there is away already.
    ///
    /// # Errors
    /// As for [`get`](Api::get).
    pub fn delete(&self, path: &str) -> anyhow::Result<()> {
        match self.request("DELETE", &format!("{path}?gracePeriodSeconds=0"), "application/json", "") {
            Err(error) if error.to_string().contains(" 404 ") => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    /// Watches one object from a version on, until something can be said of it.
    ///
    /// # Errors
    /// When nothing could be said in time.
    pub fn watch<T>(
        &self,
        list: &str,
        name: &str,
        version: &str,
        mut look: impl FnMut(&Value) -> Option<T>,
    ) -> anyhow::Result<T> {
        let path = format!(
            "{list}?watch=true&fieldSelector=metadata.name%3D{name}&resourceVersion={version}&timeoutSeconds={}",
            PATIENCE.as_secs()
        );
        let mut reader = BufReader::new(self.send("GET", &path, "application/json", "")?);
        let end = Instant::now() + PATIENCE;
        let mut line = String::new();
        while Instant::now() < end {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                break;
            }
            let Ok(event) = serde_json::from_str::<Value>(&line) else { continue };
            if let Some(found) = look(event.get("object").unwrap_or(&Value::Null)) {
                return Ok(found);
            }
        }
        bail!("{list}/{name}: nothing to be said within {PATIENCE:?}")
    }

    /// Whether the server is there and ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.text("GET", "/readyz", "text/plain", "").is_ok_and(|(status, _)| status == 200)
    }

    fn request(&self, method: &str, path: &str, kind: &str, body: &str) -> anyhow::Result<Value> {
        let (status, text) = self.text(method, path, kind, body)?;
        if !(200..300).contains(&status) {
            bail!("{method} {path}: {status} {text}");
        }
        serde_json::from_str(&text).with_context(|| format!("{method} {path}: no JSON"))
    }

    fn text(&self, method: &str, path: &str, kind: &str, body: &str) -> anyhow::Result<(u16, String)> {
        let mut answer = String::new();
        self.send(method, path, kind, body)?.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP answer")?;
        let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
        Ok((status.context("no HTTP status")?, body.to_string()))
    }

    /// HTTP/1.0: the answer comes in one piece and the connection ends with it.
    fn send(&self, method: &str, path: &str, kind: &str, body: &str) -> anyhow::Result<TcpStream> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.0))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        Ok(stream)
    }
}
