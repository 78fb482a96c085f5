//! What follows from the table: which of the reasons is the one that counts.

use super::message::{Class, Said};
use super::table::{Choice, Row, Table};
use crate::finding::Confidence;

pub(super) fn choose(table: &Table) -> Vec<Choice> {
    let chosen = choose_standing(table);
    if table.stands { chosen } else { chosen.into_iter().map(humble).collect() }
}

/// It fits, and nothing says that it still holds.
fn humble(choice: Choice) -> Choice {
    Choice { confidence: Confidence::Possible, ..choice }
}

fn choose_standing(table: &Table) -> Vec<Choice> {
    let said = &table.said;
    if let Some(class) = refused_before_nodes(said) {
        return vec![Choice { class, confidence: Confidence::Certain, nodes: Vec::new() }];
    }
    if table.rows.is_empty() {
        return from_words(said);
    }
    let mut meant: Vec<&Row> =
        table.rows.iter().filter(|r| !r.failing.contains(&Class::NodeSelector)).collect();
    if meant.is_empty() {
        return vec![table.choice(Class::NodeSelector, &table.rows.iter().collect::<Vec<_>>())];
    }
    // where none has the device, its lack is the cause, and every node shows it
    if meant.iter().any(|r| r.has_devices) {
        meant.retain(|r| r.has_devices);
    }
    let closed = |r: &Row| {
        r.failing.iter().any(|c| matches!(c, Class::Taint | Class::NotReady | Class::Unschedulable))
    };
    let open: Vec<&Row> = meant.iter().copied().filter(|r| !closed(r)).collect();
    if !open.is_empty() {
        return open_choices(table, &open);
    }
    let closed = closed_choice(table, &meant);
    // a node that was not read may be the open one, and the scheduler has another word for it
    let elsewhere = if table.complete { Vec::new() } else { table.unexplained() };
    let elsewhere: Vec<Class> = elsewhere.into_iter().filter(|class| !class.is_background()).collect();
    if elsewhere.is_empty() {
        return closed;
    }
    let told = elsewhere.into_iter().map(|class| table.choice(class, &[]));
    told.chain(closed).map(humble).collect()
}

/// Classes that a filter gives for the pod as a whole, before any node is tried.
fn refused_before_nodes(said: &Said) -> Option<Class> {
    let whole = |c: &Class| matches!(c, Class::UnboundClaim | Class::MissingClaim | Class::ResourceClaim);
    let [class] = &said.by_telling()[..] else {
        return None;
    };
    whole(class).then(|| class.clone())
}

/// Without nodes only the sentence is left.
fn from_words(said: &Said) -> Vec<Choice> {
    let classes = said.by_telling();
    let specific: Vec<Class> = classes.iter().filter(|c| !c.is_background()).cloned().collect();
    let chosen = if specific.is_empty() { classes.clone() } else { specific };
    let sure = match (classes.len(), chosen.len()) {
        // part of the sentence was not understood, or a taint is not named: the node's condition may be behind it
        _ if chosen.iter().all(Class::is_background) && !said.is_plain() => Confidence::Possible,
        (_, 1) if said.covers_all() => Confidence::Likely,
        _ => Confidence::Possible,
    };
    chosen.into_iter().map(|class| Choice { class, confidence: sure, nodes: Vec::new() }).collect()
}

/// Every node the pod is meant for is closed to it.
fn closed_choice(table: &Table, meant: &[&Row]) -> Vec<Choice> {
    let with = |class: &Class| -> Vec<&Row> {
        meant.iter().copied().filter(|row| row.failing.contains(class)).collect()
    };
    let (sick, tainted, cordoned) =
        (with(&Class::NotReady), with(&Class::Taint), with(&Class::Unschedulable));
    // control-plane nodes are tainted everywhere: they tell only where nothing else does
    let decided = tainted.iter().filter(|row| !row.by_role).count();
    let mixed = [!sick.is_empty(), decided > 0, !cordoned.is_empty()].iter().filter(|b| **b).count() > 1;
    // a sick node is the exception; taints and cordons are what someone decided
    let (class, rows) = if !sick.is_empty() {
        (Class::NotReady, sick)
    } else if decided > cordoned.len() || cordoned.is_empty() {
        (Class::Taint, tainted)
    } else {
        (Class::Unschedulable, cordoned)
    };
    let mut choice = table.choice(class, &rows);
    if mixed {
        choice.confidence = choice.confidence.min(Confidence::Likely);
    }
    vec![choice]
}

fn open_choices(table: &Table, open: &[&Row]) -> Vec<Choice> {
    let unexplained = table.unexplained();
    let mut classes: Vec<Class> = open.iter().flat_map(|r| r.failing.iter().cloned()).collect();
    // a node that is only cordoned or sick could take the pod: is that the cause, or the others' lack of room?
    let one_would_fit = table.rows.iter().any(|row| {
        !row.failing.is_empty()
            && row.failing.iter().all(|c| matches!(c, Class::Unschedulable | Class::NotReady))
    });
    // a pod or volume that was read shows what stands in the way after what the scheduler named: that is not why it
    // stopped there, and it does not explain the node
    let spoken = |class: &Class| !class.needs_more_than_nodes() || table.is_spoken(class);
    let fitting: Vec<&Row> = open.iter().copied().filter(|r| !r.failing.iter().any(spoken)).collect();
    if !fitting.is_empty() {
        classes.extend(unexplained.iter().cloned());
    }
    if classes.iter().any(|class| table.is_spoken(class)) {
        classes.retain(spoken);
    }
    classes.sort();
    classes.dedup();
    let mut choices: Vec<Choice> = classes
        .into_iter()
        .map(|class| {
            let mut rows: Vec<&Row> = open.iter().copied().filter(|r| r.failing.contains(&class)).collect();
            if unexplained.contains(&class) {
                rows.extend(fitting.iter());
            }
            let mut choice = table.choice(class.clone(), &rows);
            // on no node the sums agree, and no pod is known to be missing from them: the sentence may be of another time
            let shown = open.iter().any(|row| row.failing.contains(&class));
            let contradicted = matches!(class, Class::Resource(_)) && !shown && !table.pods_unread;
            if rows.len() < open.len() || one_would_fit || contradicted {
                choice.confidence = choice.confidence.min(Confidence::Likely);
            }
            choice
        })
        .collect();
    choices.sort_by_key(|choice| std::cmp::Reverse(choice.nodes.len()));
    choices
}
