use std::time::Duration;

use http::Method;
use prometheus_client::encoding::text::encode;

use super::*;

fn told(metrics: &Metrics) -> String {
    let mut registry = Registry::default();
    metrics.register(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    text
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_runs_says_for_how_long_it_was_not_heard() {
    let metrics = Metrics::default();
    let silent = |seconds: &str, what: &str| {
        format!("podwhy_kubernetes_watch_silent_seconds{{cluster=\"prod\",what=\"{what}\"}} {seconds}.0\n")
    };
    let watch = metrics.watching("prod");
    tokio::time::advance(Duration::from_secs(70)).await;
    watch.saw(&Seen::Listed(What::Pods));
    tokio::time::advance(Duration::from_secs(20)).await;
    let text = told(&metrics);
    assert!(text.contains(&silent("20", "pods")) && text.contains(&silent("90", "nodes")), "{text}");
    // nothing changes, but the server took it up again
    let again = Asked::of(&Method::GET, "/api/v1/nodes?watch=true");
    metrics.asked("prod", again, Some(200));
    metrics.asked("prod", again, None);
    assert!(told(&metrics).contains(&silent("0", "nodes")));
    // one that leads no more watches no more
    drop(watch);
    let text = told(&metrics);
    assert!(!text.contains("silent_seconds{") && !text.contains("watch_well{"), "{text}");
}

#[test]
fn a_request_is_counted_by_what_it_asks_for_and_how_it_is_answered() {
    let metrics = Metrics::default();
    let get = Asked::of(&Method::GET, "/api/v1/namespaces/shop/pods/cart-0");
    metrics.asked("prod", get, Some(404));
    metrics.asked("prod", get, None);
    let text = told(&metrics);
    for code in ["404", "none"] {
        let line = format!(
            "podwhy_kubernetes_api_requests_total{{cluster=\"prod\",verb=\"get\",resource=\"pods\",code=\"{code}\"}} 1\n"
        );
        assert!(text.contains(&line), "{line} is not in:\n{text}");
    }
}
