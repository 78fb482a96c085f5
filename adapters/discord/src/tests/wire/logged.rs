//! What the logs hold.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use serde_json::json;
use tracing_subscriber::EnvFilter;

use super::{TOKEN, net, options, ports};
use crate::render::action;
use crate::testing::net::Instead;
use crate::testing::{press, why};
use crate::{Discord, LOG_FILTER};

/// All that was logged in this process, as the filter lets it through.
fn logged() -> &'static Arc<Mutex<Vec<u8>>> {
    static LOGGED: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();
    LOGGED.get_or_init(|| {
        struct Kept(Arc<Mutex<Vec<u8>>>);
        impl Write for Kept {
            fn write(&mut self, written: &[u8]) -> std::io::Result<usize> {
                self.0.lock().unwrap().extend_from_slice(written);
                Ok(written.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let kept = Arc::new(Mutex::new(Vec::new()));
        let own = Arc::clone(&kept);
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(format!("debug,{LOG_FILTER},hyper=info,h2=info,rustls=info")))
            .with_writer(move || Kept(Arc::clone(&own)))
            .init();
        kept
    })
}

#[tokio::test]
async fn no_token_is_logged() {
    let logged = logged();
    let mut net = net().await;
    let mut options = options(&net);
    options.timeouts.exchange = Duration::from_millis(500);
    let bot = Discord::start(options, ports()).await.unwrap();
    let socket = net.connected().await;
    let mut raw = why(1);
    raw["token"] = json!("INTERACTION-TOKEN");
    let refused = |method, end, status| Instead {
        method,
        end,
        status,
        headers: Vec::new(),
        body: json!({ "message": "Invalid Form Body", "code": 50035, "errors": {} }),
    };
    net.instead(refused("PATCH", "/@original", 500));
    net.instead(refused("PATCH", "/@original", 400));
    socket.interaction(&raw);
    net.asked("PATCH", "/@original").await;
    net.asked("PATCH", "/@original").await;
    net.asked("PATCH", "/@original").await;
    let mut pressed = press(2, action::AGAIN, &json!({}));
    pressed["token"] = json!("INTERACTION-TOKEN");
    net.instead(refused("POST", "/callback", 400));
    socket.interaction(&pressed);
    net.asked("POST", "/callback").await;
    socket.interaction(&json!({ "token": "INTERACTION-TOKEN" }));
    socket.close(4000);
    net.tell_gateway("");
    bot.stop(Duration::from_secs(5)).await;
    let text = String::from_utf8_lossy(&logged.lock().unwrap()).into_owned();
    assert!(text.contains("an answer could not be shown"), "{text}");
    assert!(!text.contains("INTERACTION-TOKEN") && !text.contains(TOKEN), "{text}");
}
