//! The configuration's thresholds → those of one cluster's watch.

use podwhy_flow::UserError;
use podwhy_flow::chat::policy::Area;
use podwhy_flow::incident::due::Thresholds;

use super::super::policy::areas;
use crate::config::{OfCause, Settings, ThresholdsOf};

/// The thresholds of each of these clusters, in their order.
///
/// # Errors
/// [`UserError`] as of `policy::policy`: a list names a cluster that is not one of them.
pub(super) fn thresholds(settings: &Settings, clusters: &[&str]) -> Result<Vec<Thresholds>, UserError> {
    let configured = &settings.thresholds;
    let mut usual = Thresholds {
        restarts: restarts(configured.restarts),
        restarts_within: configured.restarts_within,
        ..Thresholds::default()
    };
    for (name, long) in configured.named() {
        let _known = usual.set(name, long.0);
    }
    add_causes(&mut usual, &configured.causes);
    let mut of: Vec<(Area, &ThresholdsOf)> = Vec::new();
    for (index, own) in configured.namespaces.iter().enumerate() {
        let listed = areas(&own.of, &format!("thresholds.namespaces[{index}].of"), clusters)?;
        of.extend(listed.into_iter().map(|area| (area, own)));
    }
    // what is said of all namespaces comes before what is said of one
    of.sort_by_key(|(area, _)| area.namespace.is_some());
    Ok(clusters.iter().map(|cluster| of_cluster(usual.clone(), &of, cluster)).collect())
}

fn of_cluster(mut usual: Thresholds, of: &[(Area, &ThresholdsOf)], cluster: &str) -> Thresholds {
    for (area, own) in of.iter().filter(|(area, _)| area.cluster == cluster) {
        match &area.namespace {
            None => change(&mut usual, own),
            Some(namespace) => {
                let before = usual.for_namespace(namespace).clone();
                let before = Thresholds { namespaces: Default::default(), ..before };
                change(usual.namespaces.entry(namespace.clone()).or_insert(before), own);
            }
        }
    }
    usual
}

fn change(thresholds: &mut Thresholds, own: &ThresholdsOf) {
    for (name, long) in own.named() {
        let _known = thresholds.set(name, long.0);
    }
    thresholds.restarts = own.restarts.map_or(thresholds.restarts, restarts);
    thresholds.restarts_within = own.restarts_within.map_or(thresholds.restarts_within, |long| long.0);
    add_causes(thresholds, &own.causes);
}

fn add_causes(thresholds: &mut Thresholds, causes: &[OfCause]) {
    thresholds.causes.extend(causes.iter().map(|of| (of.cause.clone(), of.long.0)));
}

fn restarts(configured: i64) -> usize {
    usize::try_from(configured).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use podwhy_flow::incident::due::{NEVER, Trouble};

    use super::*;

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    #[test]
    fn a_namespace_outranks_its_cluster_and_a_cluster_the_rest() {
        let text = r#"
            [thresholds]
            not_ready = "7m"
            causes = ["oom-killed=1h"]
            [[thresholds.namespaces]]
            of = ["prod:batch"]
            failed_job = "never"
            restarts = 9
            causes = ["app-exited=2h"]
            [[thresholds.namespaces]]
            of = ["prod:*", "dev:shop"]
            not_ready = "8m"
            node = "4m"
        "#;
        let settings: Settings = toml::from_str(text).unwrap();
        let both = thresholds(&settings, &["prod", "dev"]).unwrap();
        let [prod, dev] = both.as_slice() else { panic!("{both:?}") };
        let batch = prod.for_namespace("batch");
        assert_eq!((batch.failed_job, batch.not_ready, batch.restarts), (NEVER, minutes(8), 9));
        assert_eq!(batch.causes.keys().collect::<Vec<_>>(), ["app-exited", "oom-killed"]);
        assert_eq!((prod.not_ready, prod.of(Trouble::Node), prod.restarts), (minutes(8), minutes(4), 4));
        assert_eq!((dev.not_ready, dev.for_namespace("shop").not_ready), (minutes(7), minutes(8)));
        assert_eq!(dev.for_namespace("shop").causes.get("oom-killed"), Some(&minutes(60)));
        let none = thresholds(&settings, &["test"]).unwrap_err().to_string();
        assert!(none.starts_with("thresholds.namespaces[0].of: there is no cluster \"prod\""), "{none}");
        assert_eq!(thresholds(&Settings::default(), &["prod"]).unwrap(), [Thresholds::default()]);
    }
}
