//! Whether each root cause has one message in each app, which shows it as it is, and nothing else stands there.

use super::town::{APPLICATION, DISCORD, SLACK, Town};
use super::trouble::{Kind, Trouble};

/// What is read of the first messages of threads, in one app.
struct App {
    name: &'static str,
    parents: Vec<String>,
}

fn apps(town: &Town) -> [App; 2] {
    let of_slack = town.slack.parents(SLACK);
    let of_discord =
        town.discord.messages(DISCORD).into_iter().filter(|message| message.author == APPLICATION);
    let shown = |message: podwhy_fakes::discord::Message| {
        serde_json::to_string(&message.said.embeds).unwrap_or_default() + &message.said.content
    };
    [
        App { name: "slack", parents: of_slack.iter().map(|message| message.everything()).collect() },
        App { name: "discord", parents: of_discord.map(shown).collect() },
    ]
}

/// What is wrong now.
pub(super) fn faults(town: &Town, troubles: &[Trouble]) -> Vec<String> {
    apps(town).iter().flat_map(|app| app.faults(troubles)).collect()
}

/// How many messages stand now beyond the first of their root cause, and were taken away before because they did.
pub(super) fn doubles(town: &Town, troubles: &[Trouble]) -> usize {
    let beyond = |app: &App| -> usize {
        troubles.iter().map(|trouble| app.of(trouble).count().saturating_sub(1)).sum()
    };
    let taken_away = town.slack.read(|state| state.deleted(SLACK).len());
    apps(town).iter().map(beyond).sum::<usize>() + taken_away
}

impl App {
    fn of<'a>(&'a self, trouble: &'a Trouble) -> impl Iterator<Item = &'a String> {
        self.parents.iter().filter(|parent| parent.contains(&trouble.key))
    }

    fn faults(&self, troubles: &[Trouble]) -> Vec<String> {
        let mut faults = Vec::new();
        for trouble in troubles {
            let own: Vec<&String> = self.of(trouble).collect();
            match own.as_slice() {
                [] => faults.push(format!("{}: {} is lost", self.name, trouble.key)),
                [one] => {
                    // one that has ended names the alerts it had
                    let fires = one.contains("Alert: ") && !one.contains("Well again");
                    if trouble.kind != Kind::Node && fires == trouble.is_over {
                        faults.push(format!("{}: {} is not as it is: {one}", self.name, trouble.key));
                    }
                }
                more => faults.push(format!("{}: {} stands {} times", self.name, trouble.key, more.len())),
            }
        }
        let nobodys =
            self.parents.iter().filter(|parent| !troubles.iter().any(|known| parent.contains(&known.key)));
        faults.extend(nobodys.map(|parent| format!("{}: nobody's: {parent}", self.name)));
        faults
    }
}
