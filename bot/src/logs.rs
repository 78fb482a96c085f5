//! Where the process writes what happened.

use tracing_subscriber::EnvFilter;

use crate::config::{LogLevel, Logs, Serve};

/// podwhy's own crates. What libraries log below warnings holds requests and their bodies: tokens, and what people ask.
const OWN: [&str; 8] = [
    "podwhy",
    "podwhy_flow",
    "podwhy_kubernetes",
    "podwhy_slack",
    "podwhy_discord",
    "podwhy_console",
    "podwhy_alertmanager",
    "podwhy_outgoing",
];

/// The filter as text: warnings of everyone, and more of podwhy itself.
pub fn filter(level: LogLevel) -> String {
    let level = match level {
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    };
    let own = OWN.map(|name| format!("{name}={level}")).join(",");
    // kube logs an error for every 503 of a server, with its address; it is counted and told where it matters
    format!("warn,kube_client=off,slack_morphism=error,{},{own}", podwhy_discord::LOG_FILTER)
}

/// Writes logs to standard error from now on. `RUST_LOG` is not heeded: it would let libraries write payloads.
pub fn begin(serve: &Serve) {
    let filter = EnvFilter::new(filter(serve.log_level));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // a second call, as in tests, is refused, which is fine
    let _begun = match serve.logs {
        Logs::Json => logs.json().try_init(),
        Logs::Text => logs.with_ansi(false).try_init(),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_never_below_warnings() {
        let filter = filter(LogLevel::Debug);
        let parts: Vec<&str> = filter.split(',').collect();
        let loud = |part: &&&str| part.ends_with("=debug") || part.ends_with("=info") || **part == "info";
        assert!(parts.iter().filter(loud).all(|part| part.starts_with("podwhy")), "{filter}");
        assert!(parts.contains(&"warn"));
    }
}
