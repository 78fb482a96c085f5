//! The whole answer of an incident, as `why` gives it, as far as its channel may read.

use std::sync::Arc;

use futures::future::BoxFuture;
use podwhy_flow::ask::command::Command;
use podwhy_flow::ask::desk::{Answer, Desk};
use podwhy_flow::ask::within::Within;
use podwhy_flow::chat::policy::Area;
use podwhy_flow::chat::{Audience, Content, Reply};
use podwhy_flow::incident::bounds::Bounds;
use podwhy_flow::incident::{Answers, Incident, Member, Policy, Spot};
use podwhy_flow::ports::Past;
use podwhy_knowledge::{Kind, Lang, Target};
use podwhy_kubernetes::LiveCluster;

/// So many of what fails are asked about, until one is there to answer for.
const ASKED: usize = 3;

/// Asks about the first of what fails.
#[derive(Debug)]
pub(super) struct Whole {
    desk: Desk<Arc<LiveCluster>>,
    /// The same, which knows what is gone.
    remembering: Desk<Arc<LiveCluster>>,
    policy: Arc<Policy>,
    no_logs: Vec<Area>,
}

impl Whole {
    pub(super) fn new(
        clusters: Vec<Arc<LiveCluster>>,
        past: Arc<dyn Past>,
        policy: Arc<Policy>,
        no_logs: Vec<Area>,
    ) -> Whole {
        let remembering = Desk::new(clusters.clone()).remembering(past);
        Whole { desk: Desk::new(clusters), remembering, policy, no_logs }
    }

    async fn ask(&self, incident: &Incident, to: &Spot, lang: Lang) -> Option<Reply> {
        let cluster = &incident.status.root_cause.cluster;
        let routes = self.policy.routes.iter().chain(&self.policy.annotated).filter(|route| route.to == *to);
        let areas: Vec<Area> = routes.flat_map(|route| route.areas.iter().cloned()).collect();
        if areas.is_empty() {
            // no route leads here any more, and none at all would mean everything
            return None;
        }
        let bounds = Bounds { areas, no_logs: self.no_logs.clone(), lang, ..Bounds::default() };
        let shows = |member: &&Member| {
            member.namespace.is_empty() || bounds.visible(cluster).shows(&member.namespace)
        };
        let members: Vec<&Member> = incident.status.members.iter().filter(shows).take(ASKED).collect();
        for member in &members {
            let within = bounds.within(cluster, &member.namespace);
            let answer = why(&self.desk, cluster, member, &within, lang).await;
            if answer.is_some() {
                return answer;
            }
        }
        // gone before anybody asked
        let first = members.first()?;
        why(&self.remembering, cluster, first, &bounds.within(cluster, &first.namespace), lang).await
    }
}

async fn why(
    desk: &Desk<Arc<LiveCluster>>,
    cluster: &str,
    member: &Member,
    within: &Within,
    lang: Lang,
) -> Option<Reply> {
    let (asked, target) = (desk.of_name(cluster)?, target(cluster, member)?);
    let answer = desk.answer_within(asked, &Command::Why(target.clone()), within, lang).await;
    let answer = answer.inspect_err(|error| tracing::debug!(%error, "an incident has no answer yet")).ok()?;
    let has_any = matches!(&answer, Answer::Why(why) if !why.findings.is_empty());
    let line = Some(format!("why {target}"));
    has_any.then_some(Reply {
        lang,
        audience: Audience::Channel,
        content: Content::Answer(answer),
        line,
        fix: false,
    })
}

/// `None` for what `why` cannot be asked about, as an alert or a cluster.
fn target(cluster: &str, member: &Member) -> Option<Target> {
    let namespace = Some(member.namespace.clone()).filter(|namespace| !namespace.is_empty());
    let kind = Some(Kind::from_camel(&member.kind)?);
    Some(Target { cluster: Some(cluster.to_string()), namespace, kind, name: member.name.clone() })
}

impl Answers for Whole {
    fn answer<'a>(
        &'a self,
        incident: &'a Incident,
        to: &'a Spot,
        lang: Lang,
    ) -> BoxFuture<'a, Option<Reply>> {
        Box::pin(self.ask(incident, to, lang))
    }
}
