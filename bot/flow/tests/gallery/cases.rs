//! Replies to render: the answer to every cause's own case.

use std::sync::Arc;

use podwhy_flow::answer::TriageAnswer;
use podwhy_flow::ask::desk::Answer;
use podwhy_flow::ask::diagnose::Diagnosed;
use podwhy_flow::ask::render;
use podwhy_flow::chat::{Audience, Content, Reply};
use podwhy_knowledge::cause::Cause;
use podwhy_knowledge::resolve::resolve;
use podwhy_knowledge::{Lang, Target, World, diagnose};
use serde_json::Value;

/// The cluster all cases are in.
pub const CLUSTER: &str = "prod-eu";

/// A reply to everyone in a channel.
pub fn reply(content: Content, line: Option<&str>, lang: Lang) -> Reply {
    Reply { lang, audience: Audience::Channel, content, line: line.map(str::to_string), fix: false }
}

/// The answer to a cause's own case.
pub fn why(cause: &Cause, lang: Lang) -> Reply {
    let (target, world) = world(cause);
    let asked: Target = target.parse().expect("the case's target");
    let snapshot = resolve(&world, &asked, None).expect("the case's target");
    let diagnosis = diagnose(&snapshot);
    let answer = render::why(&Diagnosed { snapshot, diagnosis }, lang).expect("the cause's page");
    let line = answer.target.as_ref().map(|target| format!("why {}", target.typed()));
    reply(Content::Answer(Answer::Why(answer)), line.as_deref(), lang)
}

/// What fails in a cause's own case.
pub fn triage(cause: &Cause, lang: Lang) -> TriageAnswer {
    render::triage_answer(&world(cause).1, |_| true, lang).expect("the cause's page")
}

fn world(cause: &Cause) -> (String, Arc<World>) {
    let options = serde_saphyr::options! { strict_booleans: true };
    let mut documents: Vec<Value> =
        serde_saphyr::from_multiple_with_options(cause.case, options).expect("the case");
    let header = documents.remove(0);
    let mut world = World::default();
    world.cluster = CLUSTER.to_string();
    for object in documents {
        if object["kind"] == "ContainerLog" {
            add_log(&mut world, &object);
        } else {
            world.add(object).expect("the case's objects");
        }
    }
    world.finish(None);
    (header["target"].as_str().expect("the case's target").to_string(), Arc::new(world))
}

fn add_log(world: &mut World, log: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let key = (text(&log["metadata"]["namespace"]), text(&log["metadata"]["name"]), text(&log["container"]));
    let entry = world.logs.entry(key).or_default();
    entry.previous = log["previous"].as_str().map(Into::into);
    entry.current = log["current"].as_str().map(Into::into);
}
