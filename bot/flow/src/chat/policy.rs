//! What a channel, or a person, may read: as the configuration says it. Nothing is readable that is not listed.

use podwhy_knowledge::Lang;

use super::question::{Asker, Platform};
use crate::ports::KubernetesUser;
use crate::words;

/// A namespace of a cluster, or all of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Area {
    /// The cluster's name.
    pub cluster: String,
    /// The namespace; `None` for all.
    pub namespace: Option<String>,
}

impl Area {
    /// Whether a namespace lies in it.
    pub fn holds(&self, cluster: &str, namespace: &str) -> bool {
        self.cluster == cluster && self.namespace.as_deref().is_none_or(|own| own == namespace)
    }
}

/// Whose rights decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadAs {
    /// The channel's list alone.
    #[default]
    Channel,
    /// The channel's list, and what the asker may read by the cluster's own word.
    Person,
}

/// A channel that may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// In which app.
    pub platform: Platform,
    /// Its id.
    pub channel: String,
    /// What may be read here.
    pub read: Vec<Area>,
    /// The cluster of a target that names none.
    pub cluster: Option<String>,
    /// The namespace of a target that names none.
    pub namespace: Option<String>,
    /// The language of answers here.
    pub lang: Option<Lang>,
    /// Whether only the asker sees an answer.
    pub private: bool,
}

/// People who may ask where there is no channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Direct {
    /// What they may read.
    pub read: Vec<Area>,
    /// Who: ids in an app.
    pub people: Vec<(Platform, String)>,
    /// Who: groups of [`Person::user`].
    pub groups: Vec<String>,
}

/// Who someone in a chat is to the clusters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their ids in apps.
    pub ids: Vec<(Platform, String)>,
    /// The user and groups they are in the clusters.
    pub user: KubernetesUser,
}

/// A group of an app's own, which adds groups of the clusters to the people in it. It makes nobody of who is not among the people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatGroup {
    /// In which app.
    pub platform: Platform,
    /// Its id: of a user group of Slack, of a role of Discord.
    pub id: String,
    /// What it adds.
    pub groups: Vec<String>,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whose rights decide.
    pub read_as: ReadAs,
    /// The channels that may ask.
    pub places: Vec<Place>,
    /// Who may ask without one.
    pub direct: Vec<Direct>,
    /// Who is who.
    pub people: Vec<Person>,
    /// What adds to their groups.
    pub chat_groups: Vec<ChatGroup>,
    /// Where no line of a log is ever shown.
    pub no_logs: Vec<Area>,
    /// The language where a place has none.
    pub lang: Lang,
}

/// A question that may not be asked here, by this person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason, and what to do.
    pub why: String,
    /// Channels of the app where this person may ask.
    pub channels: Vec<String>,
}

impl Refusal {
    /// A reason alone.
    pub fn because(why: impl Into<String>) -> Refusal {
        Refusal { why: why.into(), channels: Vec::new() }
    }
}

/// What one question may read, before a cluster is asked for the person's own rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Where.
    pub read: Vec<Area>,
    /// The cluster of a target that names none.
    pub cluster: Option<String>,
    /// The namespace of a target that names none.
    pub namespace: Option<String>,
    /// Who must have the right, too; `None` where the channel's list decides.
    pub user: Option<KubernetesUser>,
    /// Whether only the asker sees an answer.
    pub private: bool,
}

impl Policy {
    /// The language of answers to this asker.
    pub fn lang(&self, asker: &Asker) -> Lang {
        self.place(asker).and_then(|place| place.lang).unwrap_or(self.lang)
    }

    /// Who the asker is to the clusters, with the groups that the app's own add. Who is not listed by their id is nobody.
    pub fn user(&self, asker: &Asker) -> Option<KubernetesUser> {
        let is = |person: &&Person| {
            person.ids.iter().any(|(platform, id)| *platform == asker.platform && *id == asker.person)
        };
        let mut user = self.people.iter().find(is)?.user.clone();
        let own = self.chat_groups.iter().filter(|own| own.platform == asker.platform);
        for group in own.filter(|own| asker.groups.contains(&own.id)).flat_map(|own| &own.groups) {
            if !user.groups.contains(group) {
                user.groups.push(group.clone());
            }
        }
        Some(user)
    }

    /// What this asker may read here.
    ///
    /// # Errors
    /// [`Refusal`], in the language of the place.
    pub fn grant(&self, asker: &Asker) -> Result<Grant, Refusal> {
        let lang = self.lang(asker);
        let mut grant = match (&asker.channel, self.place(asker)) {
            (Some(_), Some(place)) => Grant {
                read: place.read.clone(),
                cluster: place.cluster.clone(),
                namespace: place.namespace.clone(),
                user: None,
                private: place.private,
            },
            (Some(_), None) => {
                let why = words::NOT_CONFIGURED_HERE.of(lang).to_string();
                return Err(Refusal { why, channels: self.channels_of(asker) });
            }
            (None, _) => self.direct(asker, lang)?,
        };
        if self.read_as == ReadAs::Person {
            let Some(user) = self.user(asker) else {
                return Err(Refusal::because(words::NOT_MAPPED.of(lang)));
            };
            grant.user = Some(user);
        }
        Ok(grant)
    }

    fn place(&self, asker: &Asker) -> Option<&Place> {
        let channel = asker.channel.as_deref()?;
        self.places.iter().find(|place| place.platform == asker.platform && place.channel == channel)
    }

    fn direct(&self, asker: &Asker, lang: Lang) -> Result<Grant, Refusal> {
        let groups = self.user(asker).map(|user| user.groups).unwrap_or_default();
        let may = |direct: &&Direct| {
            let named = direct.people.iter().any(|(p, id)| *p == asker.platform && *id == asker.person);
            named || direct.groups.iter().any(|group| groups.contains(group))
        };
        let mut read: Vec<Area> =
            self.direct.iter().filter(may).flat_map(|direct| direct.read.iter().cloned()).collect();
        read.sort();
        read.dedup();
        if read.is_empty() {
            let why = words::NOT_CONFIGURED_DIRECT.of(lang).to_string();
            return Err(Refusal { why, channels: self.channels_of(asker) });
        }
        Ok(Grant { read, cluster: None, namespace: None, user: None, private: false })
    }

    /// The channels of the asker's app that may ask; whether they are a member the app knows, and shows the name by that.
    fn channels_of(&self, asker: &Asker) -> Vec<String> {
        // who may ask nowhere is told of nowhere
        if self.read_as == ReadAs::Person && self.user(asker).is_none() {
            return Vec::new();
        }
        let own = self.places.iter().filter(|place| place.platform == asker.platform);
        own.map(|place| place.channel.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_of_the_app_adds_to_people_and_makes_nobody() {
        let person = Person {
            ids: vec![(Platform::Slack, "U1".to_string()), (Platform::Discord, "7".to_string())],
            user: KubernetesUser { name: "ann".to_string(), groups: vec!["viewers".to_string()] },
        };
        let adds = |platform, id: &str, groups: &[&str]| ChatGroup {
            platform,
            id: id.to_string(),
            groups: groups.iter().map(|group| group.to_string()).collect(),
        };
        let chat_groups = vec![
            adds(Platform::Slack, "S1", &["editors", "viewers"]),
            adds(Platform::Discord, "9", &["admins"]),
        ];
        let policy = Policy { people: vec![person], chat_groups, ..Policy::default() };
        let groups = |platform, person: &str, groups: &[&str]| {
            let groups = groups.iter().map(|group| group.to_string()).collect();
            policy
                .user(&Asker { platform, channel: None, person: person.to_string(), groups })
                .map(|user| user.groups)
        };
        let of = |groups: &[&str]| Some(groups.iter().map(|group| group.to_string()).collect::<Vec<_>>());
        assert_eq!(groups(Platform::Slack, "U1", &[]), of(&["viewers"]));
        assert_eq!(groups(Platform::Slack, "U1", &["S0", "S1"]), of(&["viewers", "editors"]));
        assert_eq!(groups(Platform::Slack, "U1", &["9"]), of(&["viewers"]), "an id of the other app");
        assert_eq!(groups(Platform::Discord, "7", &["9", "S1"]), of(&["viewers", "admins"]));
        assert_eq!(groups(Platform::Slack, "U2", &["S1"]), None, "who is not listed is nobody");
    }
}
