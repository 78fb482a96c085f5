//! What the cluster told by itself: the last lines of containers, and events. The newest are kept.

use podwhy_flow::answer::{EventAnswer, EventsAnswer, LogsAnswer};
use podwhy_flow::words;
use serde_json::Value;

use super::page::{Page, heading};
use super::rich::{Line, preformatted, section, size};
use super::why::gaps;
use podwhy_flow::show::room::share_of;
use podwhy_flow::show::text::{Keep, excerpt, units};

/// The room of all logs together, and of all events.
const LOGS: usize = 4_500;
const LOG: usize = 3_000;
const CONTAINERS: usize = 8;
const LINES: usize = 60;
const EVENTS: usize = 4_500;
const SHOWN: usize = 12;
const EVENT: usize = 300;
const EVENT_LINES: usize = 4;
const NAME: usize = 200;

/// The answer to `logs`.
pub(crate) fn logs(page: &mut Page, logs: &LogsAnswer) {
    let target = page.line(&logs.target.shown(), NAME);
    page.part(heading(&target));
    let shown = &logs.logs[..logs.logs.len().min(CONTAINERS)];
    let needs: Vec<usize> = shown.iter().map(|log| units(&log.text)).collect();
    let most = share_of(&needs, LOGS).min(LOG);
    for log in shown {
        let title = page.line(&words::log_heading(log, page.lang), NAME);
        let text = page.kept(excerpt(&log.text, Keep::Last, LINES, most));
        let mut elements = heading(&title);
        elements.extend(preformatted(&text));
        page.part(elements);
    }
    let left_out = logs.logs.len() - shown.len();
    page.room.missing(left_out > 0);
    page.part(page.more(left_out));
    gaps(page, &logs.gaps);
}

/// The answer to `events`.
pub(crate) fn events(page: &mut Page, events: &EventsAnswer) {
    let target = page.line(&events.target.shown(), NAME);
    page.part(heading(&target));
    if events.events.is_empty() {
        page.part(section(Line::new().words(words::NO_EVENTS.of(page.lang))));
    }
    page.share(EVENTS);
    let about = format!("{} {}/{}", events.target.kind, events.target.namespace, events.target.name);
    let newest = events.events.iter().rev().take(SHOWN);
    let items: Vec<Vec<Value>> = newest.map(|one| event(page, one, &about)).collect();
    let kept = page.room.fill(items, |item| size(item));
    let left_out = events.events.len() - kept.len();
    page.room.missing(left_out > 0);
    let mut elements = page.more(left_out);
    elements.extend(kept.into_iter().rev().flatten());
    page.part(elements);
    gaps(page, &events.gaps);
}

fn event(page: &mut Page, event: &EventAnswer, about: &str) -> Vec<Value> {
    let (reason, object) = (page.line(&event.reason, NAME), page.line(&event.object, NAME));
    let mut line = Line::new();
    if let Some(at) = &event.at {
        line = line.date(at).words(" · ");
    }
    if event.r#type == "Warning" {
        line = line.emoji("warning").words(" ");
    }
    line = line.bold(&reason).words(&words::times(event.count));
    if event.object != about {
        line = line.words(" · ").words(&object);
    }
    let text = page.kept(excerpt(&event.text, Keep::First, EVENT_LINES, EVENT));
    let mut elements = section(line);
    elements.extend(preformatted(&text));
    elements
}
