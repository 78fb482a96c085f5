//! The configuration's lists → the policy of the flow.

use podwhy_flow::UserError;
use podwhy_flow::chat::Platform;
use podwhy_flow::chat::policy::{Area, ChatGroup, Direct, Person, Place, Policy, ReadAs};
use podwhy_flow::ports::KubernetesUser;

use crate::config::{self, Settings};

/// The policy over clusters of these names.
///
/// # Errors
/// [`UserError`] when a list names a cluster that is not one of them, or none where there are several. The configuration's own
/// check finds this only where it lists the clusters itself.
pub(super) fn policy(settings: &Settings, clusters: &[&str]) -> Result<Policy, UserError> {
    let mut places = Vec::new();
    for (index, channel) in settings.channels.iter().enumerate() {
        places.push(Place {
            platform: platform(channel.app),
            channel: channel.id.clone(),
            read: areas(&channel.read, &format!("channels[{index}].read"), clusters)?,
            cluster: channel.cluster.clone(),
            namespace: channel.namespace.clone(),
            lang: channel.lang,
            private: channel.private,
        });
    }
    let mut direct = Vec::new();
    for (index, listed) in settings.direct.iter().enumerate() {
        let slack = listed.slack.iter().map(|id| (Platform::Slack, id.clone()));
        let discord = listed.discord.iter().map(|id| (Platform::Discord, id.clone()));
        direct.push(Direct {
            read: areas(&listed.read, &format!("direct[{index}].read"), clusters)?,
            people: slack.chain(discord).collect(),
            groups: listed.groups.clone(),
        });
    }
    Ok(Policy {
        read_as: match settings.read.r#as {
            config::ReadAs::Channel => ReadAs::Channel,
            config::ReadAs::Person => ReadAs::Person,
        },
        places,
        direct,
        people: settings.people.iter().map(person).collect(),
        chat_groups: settings.chat_groups.iter().flat_map(chat_groups).collect(),
        no_logs: areas(&settings.read.no_logs, "read.no_logs", clusters)?,
        lang: settings.lang,
    })
}

pub(super) fn platform(app: config::App) -> Platform {
    match app {
        config::App::Slack => Platform::Slack,
        config::App::Discord => Platform::Discord,
    }
}

fn person(person: &config::Person) -> Person {
    let slack = person.slack.iter().map(|id| (Platform::Slack, id.clone()));
    let discord = person.discord.iter().map(|id| (Platform::Discord, id.clone()));
    Person {
        ids: slack.chain(discord).collect(),
        user: KubernetesUser { name: person.user.clone(), groups: person.groups.clone() },
    }
}

fn chat_groups(own: &config::ChatGroup) -> impl Iterator<Item = ChatGroup> {
    let ids = [(Platform::Slack, &own.slack), (Platform::Discord, &own.discord)];
    ids.into_iter().filter_map(|(platform, id)| {
        let (id, groups) = (id.clone()?, own.groups.clone());
        Some(ChatGroup { platform, id, groups })
    })
}

pub(super) fn areas(listed: &[config::Area], key: &str, clusters: &[&str]) -> Result<Vec<Area>, UserError> {
    let known = || clusters.join(", ");
    let area = |area: &config::Area| {
        let cluster = match (&area.cluster, clusters) {
            (Some(named), _) if clusters.contains(&named.as_str()) => named.clone(),
            (Some(named), _) => {
                let message = format!("{key}: there is no cluster {named:?}; there are: {}", known());
                return Err(UserError::Input(message));
            }
            (None, [only]) => (*only).to_string(),
            (None, _) => {
                let message = format!("{key}: {area} could be of several clusters: {}", known());
                return Err(UserError::Input(message));
            }
        };
        Ok(Area { cluster, namespace: area.namespace.clone() })
    };
    listed.iter().map(area).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_names_a_cluster_that_is_there() {
        let listed = |text: &str| vec![text.parse::<config::Area>().unwrap()];
        let read = |text, clusters: &[&str]| areas(&listed(text), "channels[0].read", clusters);
        let shop = Area { cluster: "prod".into(), namespace: Some("shop".into()) };
        assert_eq!(read("shop", &["prod"]), Ok(vec![shop.clone()]));
        assert_eq!(read("prod:shop", &["prod", "dev"]), Ok(vec![shop]));
        let several = read("shop", &["prod", "dev"]).unwrap_err().to_string();
        assert_eq!(several, "channels[0].read: shop could be of several clusters: prod, dev");
        let none = read("prd:shop", &["prod"]).unwrap_err().to_string();
        assert_eq!(none, "channels[0].read: there is no cluster \"prd\"; there are: prod");
    }
}
