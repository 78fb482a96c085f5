//! `@podwhy why …` in a channel or thread, and direct messages.

use podwhy_flow::chat::{Ask, Question};
use serde_json::Value;

use super::guard::{Skip, new_of_person, own_team};
use super::{Asked, Place, Taken, asker, is_direct, text, text_at};
use crate::identity::Identity;

/// What an event tells of whose message it is. <https://docs.slack.dev/reference/events/app_mention>
const TEAMS: [&str; 3] = ["/event/team", "/event/user_team", "/event/source_team"];

pub(super) fn read(payload: &Value, own: &Identity) -> Result<Taken, Skip> {
    own_team(payload, own, "/team_id", &TEAMS)?;
    let event = payload.get("event").ok_or(Skip::Malformed)?;
    new_of_person(event, own)?;
    let required = |path| text_at(event, path).filter(|text| !text.is_empty()).ok_or(Skip::Malformed);
    let (person, channel, ts) = (required("/user")?, required("/channel")?, required("/ts")?);
    let written = text_at(event, "/text").unwrap_or_default();
    let direct = is_direct(channel) || text_at(event, "/channel_type") == Some("im");
    let line = text::without_mentions(written, &own.user);
    // a message in a channel is asked only where it mentions the bot; it then comes a second time, as a mention
    let is_mention = text_at(event, "/type") == Some("app_mention");
    if !direct && !is_mention && line == written {
        return Err(Skip::Other);
    }
    let thread = text_at(event, "/thread_ts");
    let place = Place {
        channel: channel.to_string(),
        thread: if direct { thread } else { thread.or(Some(ts)) }.map(str::to_string),
        is_thread: thread.is_some(),
        person: person.to_string(),
        is_direct: direct,
        respond: None,
    };
    let mut asker = asker(person, channel);
    asker.channel = asker.channel.filter(|_| !direct);
    let ask = Ask::Line(text::typed(&line).trim().to_string());
    Ok(Taken::Question(Asked {
        // of the message, not of the event: a mention comes as two
        key: format!("slack:message:{}:{channel}:{ts}", own.team),
        question: Question { asker, ask, thread: thread.map(str::to_string) },
        place,
    }))
}
