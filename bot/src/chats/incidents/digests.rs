//! The configuration's digests → when and where they are posted.

use podwhy_flow::UserError;
use podwhy_flow::incident::{Schedule, Spot};

use super::super::policy::{areas, platform};
use super::policy::lang_of_channel;
use crate::config::{Day, Settings};

/// The digests over clusters of these names.
///
/// # Errors
/// [`UserError`] as of `policy::policy`: a list names a cluster that is not one of them.
pub(super) fn schedules(settings: &Settings, clusters: &[&str]) -> Result<Vec<Schedule>, UserError> {
    let all = settings.digests.iter().enumerate().map(|(index, digest)| {
        Ok(Schedule {
            to: Spot { platform: platform(digest.app), channel: digest.channel.clone() },
            areas: areas(&digest.of, &format!("digests[{index}].of"), clusters)?,
            minutes: digest.at.iter().map(|time| time.0).collect(),
            days: digest.days.iter().copied().map(weekday).collect(),
            zone: settings.time_zone.0.clone(),
            lang: digest
                .lang
                .or(lang_of_channel(settings, digest.app, &digest.channel))
                .unwrap_or(settings.lang),
        })
    });
    all.collect()
}

fn weekday(day: Day) -> u8 {
    match day {
        Day::Mon => 0,
        Day::Tue => 1,
        Day::Wed => 2,
        Day::Thu => 3,
        Day::Fri => 4,
        Day::Sat => 5,
        Day::Sun => 6,
    }
}

#[cfg(test)]
mod tests {
    use podwhy_knowledge::Lang;

    use super::*;

    #[test]
    fn a_digest_is_in_its_channels_language() {
        let text = r#"
            [[channels]]
            app = "slack"
            id = "C1"
            read = ["shop"]
            lang = "zh"
            [[digests]]
            app = "slack"
            channel = "C1"
            of = ["shop"]
            at = ["07:00", "19:30"]
            days = ["mon", "sun"]
        "#;
        let settings: Settings = toml::from_str(text).unwrap();
        let all = schedules(&settings, &["prod"]).unwrap();
        assert_eq!(all[0].lang, Lang::Zh);
        assert_eq!((all[0].minutes.clone(), all[0].days.clone()), ([420, 1170].into(), [0, 6].into()));
        assert!(schedules(&settings, &["prod", "dev"]).is_err(), "it could be of several");
    }
}
