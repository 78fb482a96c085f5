//! The flags of a kubelet's command line. <https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/>

use std::collections::BTreeMap;

/// The flags that are of interest. Every one of them takes a value.
const WANTED: [&str; 14] = [
    "config",
    "config-dir",
    "container-runtime-endpoint",
    "event-burst",
    "event-qps",
    "eviction-hard",
    "kube-api-burst",
    "kube-api-qps",
    "kubelet-args-file",
    "max-pods",
    "pod-manifest-path",
    "registry-burst",
    "registry-qps",
    "root-dir",
];

/// What a command line says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flags(BTreeMap<&'static str, String>);

impl Flags {
    /// The flags of a command line: `--max-pods=250`, `--max-pods 250`, or k3s's `--kubelet-arg=max-pods=250`.
    pub fn of(arguments: &[String]) -> Flags {
        let mut flags = Flags::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            // pflag, which the kubelet uses, knows two dashes; k3s knows one as well
            let Some(flag) = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-')) else {
                continue;
            };
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (flag, None),
            };
            if name == "kubelet-arg" {
                let inner = value.or_else(|| rest.next().map(String::as_str)).unwrap_or_default();
                flags.take(inner);
            } else if let Some(name) = WANTED.iter().find(|wanted| **wanted == name) {
                let value = value.or_else(|| rest.next().map(String::as_str)).unwrap_or_default();
                flags.0.insert(name, unquoted(value));
            }
        }
        flags
    }

    /// The value of a flag; of one that is repeated, the last.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A flag's number. One that is none never started a kubelet.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.parse().ok()
    }

    /// Takes what is not said yet from these.
    pub fn under(&mut self, others: Flags) {
        others.0.into_iter().for_each(|(name, value)| {
            self.0.entry(name).or_insert(value);
        });
    }

    /// `max-pods=250`
    fn take(&mut self, text: &str) {
        let Some((name, value)) = text.trim_start_matches('-').split_once('=') else { return };
        if let Some(name) = WANTED.iter().find(|wanted| **wanted == name) {
            self.0.insert(name, unquoted(value));
        }
    }
}

/// A file of arguments is read by a shell first.
fn unquoted(value: &str) -> String {
    value.trim().trim_matches(['"', '\'']).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Flags {
        Flags::of(&line.split(' ').map(str::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn both_ways_to_write_a_flag_are_read_and_the_last_one_counts() {
        let flags = of("--max-pods=110 --v 2 --max-pods 250 --fail-swap-on --event-qps=0 plain");
        assert_eq!((flags.number("max-pods"), flags.number("event-qps")), (Some(250), Some(0)));
        assert_eq!(flags.number("event-burst"), None);
    }

    #[test]
    fn k3s_gives_its_kubelet_flags_of_its_own() {
        let flags =
            of("server --kubelet-arg=max-pods=200 --kubelet-arg event-qps=7 -kubelet-arg=--event-burst=9");
        let numbers = ["max-pods", "event-qps", "event-burst"].map(|name| flags.number(name));
        assert_eq!(numbers, [Some(200), Some(7), Some(9)]);
    }

    #[test]
    fn what_stands_above_wins_and_nonsense_is_no_number() {
        let mut flags = of("--max-pods=1 --kube-api-qps=many --config");
        flags.under(of("--max-pods=2 --registry-qps=3"));
        assert_eq!((flags.number("max-pods"), flags.number("registry-qps")), (Some(1), Some(3)));
        assert_eq!((flags.number("kube-api-qps"), flags.get("config")), (None, None));
    }
}
