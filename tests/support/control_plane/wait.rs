//! Waiting, with an end.

use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::time::{Instant, sleep};

/// envtest's variable for how long a server may take to start.
const START_TIMEOUT: &str = "KUBEBUILDER_CONTROLPLANE_START_TIMEOUT";

/// Asks again and again until there is an answer.
///
/// # Errors
/// When there is none in that time, naming what was waited for; and at once when asking fails.
pub async fn eventually<T>(
    what: &str,
    within: Duration,
    mut ask: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let end = Instant::now() + within;
    loop {
        if let Some(answer) = ask().await.with_context(|| format!("waiting for {what}"))? {
            return Ok(answer);
        }
        if Instant::now() >= end {
            return Err(anyhow!("{what}: not after {within:?}"));
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// How long a server may take to start: 20 s, or what the variable says.
pub(super) fn start_timeout() -> anyhow::Result<Duration> {
    match std::env::var(START_TIMEOUT) {
        Ok(text) => duration(&text).with_context(|| format!("{START_TIMEOUT}={text} is no duration")),
        Err(_) => Ok(Duration::from_secs(20)),
    }
}

/// A duration as Go writes it, in whole numbers: `90s`, `1m30s`.
fn duration(text: &str) -> Option<Duration> {
    let (mut total, mut rest) = (Duration::ZERO, text);
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, tail) = tail.split_at(tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len()));
        let milliseconds = match unit {
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1000,
            "ms" => 1,
            _ => return None,
        };
        total += Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(milliseconds)?);
        rest = tail;
    }
    Some(total)
}
