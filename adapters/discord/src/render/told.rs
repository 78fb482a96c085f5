//! What the cluster told by itself: the last lines of containers, and events. The newest are kept.

use podwhy_flow::answer::{EventAnswer, EventsAnswer, LogsAnswer};
use podwhy_flow::words;

use super::markdown::{bold, date, escaped, fence};
use super::page::{Page, lines};
use super::why::gaps;
use podwhy_flow::show::room::share_of;
use podwhy_flow::show::text::{Keep, excerpt, units};

/// The room of all logs together, and of all events.
const LOGS: usize = 2_700;
const CONTAINERS: usize = 8;
const CONTAINER: usize = 90;
const LINES: usize = 60;
const EVENTS: usize = 3_700;
const SHOWN: usize = 12;
const EVENT: usize = 250;
const EVENT_LINES: usize = 4;
const NAME: usize = 110;

/// The answer to `logs`, below its title.
pub(crate) fn logs(page: &mut Page, logs: &LogsAnswer) {
    let shown = &logs.logs[..logs.logs.len().min(CONTAINERS)];
    let needs: Vec<usize> = shown.iter().map(|log| units(&log.text)).collect();
    let most = share_of(&needs, LOGS);
    for log in shown {
        let title = page.line(&words::log_heading(log, page.lang), CONTAINER);
        let text = page.kept(excerpt(&log.text, Keep::Last, LINES, most));
        page.part(&title, &fence(&text, ""));
    }
    let left_out = logs.logs.len() - shown.len();
    page.room.missing(left_out > 0);
    let more = page.more(left_out).unwrap_or_default();
    page.part("", &more);
    gaps(page, &logs.gaps);
}

/// The answer to `events`, below its title.
pub(crate) fn events(page: &mut Page, events: &EventsAnswer) {
    if events.events.is_empty() {
        page.part("", &escaped(words::NO_EVENTS.of(page.lang)));
    }
    page.share(EVENTS);
    let about = format!("{} {}/{}", events.target.kind, events.target.namespace, events.target.name);
    let newest = events.events.iter().rev().take(SHOWN);
    let items: Vec<String> = newest.map(|one| event(page, one, &about)).collect();
    let kept = page.room.fill(items, |item| units(item) + 1);
    let left_out = events.events.len() - kept.len();
    page.room.missing(left_out > 0);
    let mut shown: Vec<String> = page.more(left_out).into_iter().collect();
    shown.extend(kept.into_iter().rev());
    page.part("", &shown.join("\n"));
    gaps(page, &events.gaps);
}

fn event(page: &mut Page, event: &EventAnswer, about: &str) -> String {
    let warning = if event.r#type == "Warning" { "⚠️ " } else { "" };
    let reason = bold(&page.line(&event.reason, NAME));
    let mut parts: Vec<String> = event.at.as_deref().map(date).into_iter().collect();
    parts.push(format!("{warning}{reason}{}", words::times(event.count)));
    if event.object != about {
        parts.push(page.line(&event.object, NAME));
    }
    let text = page.kept(excerpt(&event.text, Keep::First, EVENT_LINES, EVENT));
    lines(&[parts.join(" · "), fence(&text, "")])
}
