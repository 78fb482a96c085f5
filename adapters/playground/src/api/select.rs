//! Label and field selectors: which objects of a list or a watch are meant.
//!
//! Grammar, meaning and the words of every error are the real server's:
//! [labels](https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/labels/selector.go),
//! [fields](https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/fields/selector.go).
//! Left out are the label operators `>` and `<`, which are an error here, and the naming rules of labels: a
//! key or value that breaks them is one that no object has.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The query parameter `labelSelector`: `a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x,y)`, `a`, `!a`,
/// joined by commas; an empty one means everything
/// ([Parse](https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/labels/selector.go)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    /// One of which the label has; with none it is enough that the label is there.
    values: Option<BTreeSet<String>>,
    /// Whether all that shall hold, or shall not.
    wanted: bool,
}

impl LabelSelector {
    /// Reads the parameter; an error has the words of the server's Bad Request.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tokens = Tokens(text);
        let mut requirements = Vec::new();
        match tokens.peek() {
            "" => return Ok(Self(requirements)),
            first if starts_requirement(first) => {}
            found => return Err(format!("found '{found}', expected: !, identifier, or 'end of string'")),
        }
        loop {
            let requirement = requirement(&mut tokens);
            requirements.push(requirement.map_err(|error| format!("unable to parse requirement: {error}"))?);
            match (tokens.take(), tokens.peek()) {
                ("", _) => return Ok(Self(requirements)),
                (",", next) if starts_requirement(next) => {}
                (",", next) => return Err(format!("found '{next}', expected: identifier after ','")),
                (found, _) => return Err(format!("found '{found}', expected: ',' or 'end of string'")),
            }
        }
    }

    /// Whether an object with these labels is meant; `!=` and `notin` mean also objects without the label
    /// ([Matches](https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/labels/selector.go)).
    pub fn matches(&self, labels: Option<&Map<String, Value>>) -> bool {
        self.0.iter().all(|Requirement { key, values, wanted }| {
            let label = labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
            let holds = |label| values.as_ref().is_none_or(|values| values.contains(label));
            label.is_some_and(holds) == *wanted
        })
    }
}

const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// The rest of a label selector; past its end every token is an empty one.
struct Tokens<'a>(&'a str);

impl<'a> Tokens<'a> {
    fn peek(&self) -> &'a str {
        let rest = self.0.trim_start_matches(BLANK);
        let length = match rest {
            _ if rest.starts_with("==") || rest.starts_with("!=") => 2,
            _ if rest.starts_with(is_special) => 1,
            _ => rest.find(|symbol| is_special(symbol) || BLANK.contains(&symbol)).unwrap_or(rest.len()),
        };
        &rest[..length]
    }

    fn take(&mut self) -> &'a str {
        let token = self.peek();
        self.0 = &self.0.trim_start_matches(BLANK)[token.len()..];
        token
    }
}

fn is_special(symbol: char) -> bool {
    matches!(symbol, '=' | '!' | '(' | ')' | ',' | '>' | '<')
}

/// `in` and `notin` are identifiers wherever no operator is expected.
fn is_identifier(token: &str) -> bool {
    !token.is_empty() && !token.starts_with(is_special)
}

fn starts_requirement(token: &str) -> bool {
    token == "!" || is_identifier(token)
}

fn requirement(tokens: &mut Tokens) -> Result<Requirement, String> {
    let absent = tokens.peek() == "!";
    if absent {
        tokens.take();
    }
    let key = tokens.take();
    if !is_identifier(key) {
        return Err(format!("found '{key}', expected: identifier"));
    }
    let (wanted, values) = if absent || matches!(tokens.peek(), "" | ",") {
        (!absent, None)
    } else {
        match tokens.take() {
            "in" => (true, Some(values(tokens)?)),
            "notin" => (false, Some(values(tokens)?)),
            "=" | "==" => (true, Some(exact_value(tokens)?)),
            "!=" => (false, Some(exact_value(tokens)?)),
            found => return Err(format!("found '{found}', expected: in, notin, =, ==, !=, gt, lt")),
        }
    };
    Ok(Requirement { key: key.to_owned(), values, wanted })
}

fn exact_value(tokens: &mut Tokens) -> Result<BTreeSet<String>, String> {
    match tokens.peek() {
        "" | "," => Ok(BTreeSet::from([String::new()])),
        value if is_identifier(value) => Ok(BTreeSet::from([tokens.take().to_owned()])),
        found => Err(format!("found '{found}', expected: identifier")),
    }
}

/// A list in parentheses; where a value is missing between commas, the empty one is meant.
fn values(tokens: &mut Tokens) -> Result<BTreeSet<String>, String> {
    let open = tokens.take();
    if open != "(" {
        return Err(format!("found '{open}' expected: '('"));
    }
    let first = tokens.peek();
    if !is_identifier(first) && !matches!(first, ")" | ",") {
        return Err(format!("found '{first}', expected: ',', ')' or identifier"));
    }
    let mut values = BTreeSet::new();
    loop {
        let value = if is_identifier(tokens.peek()) { tokens.take() } else { "" };
        values.insert(value.to_owned());
        match tokens.take() {
            "," => {}
            ")" => return Ok(values),
            found if value.is_empty() => {
                return Err(format!("found '{found}', expected: ',', or identifier"));
            }
            found => return Err(format!("found '{found}', expected: ',' or ')'")),
        }
    }
}

/// The query parameter `fieldSelector`: `a=b`, `a==b`, `a!=b`, joined by commas; `\` escapes `,`, `=` and
/// itself
/// ([ParseSelector](https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/fields/selector.go)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector(Vec<Term>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    /// Where the field is; the first place that has something counts.
    pointers: Vec<String>,
    /// What an absent field compares as.
    absent: &'static str,
    equal: bool,
    value: String,
}

impl FieldSelector {
    /// Reads the parameter for a resource, (group, plural); an error has the words of the server's Bad
    /// Request, of several that of the first term in order of their text.
    pub fn parse(text: &str, resource: (&str, &str)) -> Result<Self, String> {
        let mut parts = split_terms(text);
        parts.sort_unstable();
        let term = |part: &str| {
            let cannot = || format!("invalid selector: '{text}'; can't understand '{part}'");
            let (label, value) = part.split_once('=').ok_or_else(cannot)?;
            let value = unescape(value.strip_prefix('=').unwrap_or(value))?;
            let (label, equal) = label.strip_suffix('!').map_or((label, true), |label| (label, false));
            let (pointers, absent) = field(resource, label)?;
            Ok(Term { pointers, absent, equal, value })
        };
        parts.into_iter().filter(|part| !part.is_empty()).map(term).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an object is meant; an absent field compares as its zero value
    /// ([SelectionPredicate](https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/storage/selection_predicate.go)).
    pub fn matches(&self, object: &Value) -> bool {
        self.0.iter().all(|term| {
            let found = term.pointers.iter().find_map(|pointer| match object.pointer(pointer)? {
                Value::String(text) if !text.is_empty() => Some(text.clone()),
                Value::Bool(flag) => Some(flag.to_string()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            });
            (found.as_deref().unwrap_or(term.absent) == term.value) == term.equal
        })
    }
}

/// Commas after a backslash belong to a term.
fn split_terms(text: &str) -> Vec<&str> {
    let mut escaped = false;
    let split = |symbol: char| {
        let splits = symbol == ',' && !escaped;
        escaped = symbol == '\\' && !escaped;
        splits
    };
    text.split(split).collect()
}

fn unescape(value: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut symbols = value.chars();
    while let Some(symbol) = symbols.next() {
        let plain = match symbol {
            '\\' => {
                let next = symbols.next();
                let sequence = String::from_iter(next);
                next.filter(|next| matches!(next, '\\' | ',' | '='))
                    .ok_or_else(|| format!("invalid escape sequence: \\{sequence}"))
            }
            // The server prints the character's number.
            ',' | '=' => Err(format!("unescaped character in value: {}", u32::from(symbol))),
            other => Ok(other),
        };
        out.push(plain.map_err(|error| format!("invalid field selector: {error}"))?);
    }
    Ok(out)
}

/// Where a field label of a resource leads and what it compares as where nothing is there; the plural name is
/// enough, as no two of the playground's resources share one
/// ([core](https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/conversion.go),
/// [batch](https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/batch/v1/conversion.go)).
fn field((_, plural): (&str, &str), label: &str) -> Result<(Vec<String>, &'static str), String> {
    let plain = match plural {
        "pods" => {
            "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName status.phase \
             status.nominatedNodeName"
        }
        "events" => {
            "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid \
             involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath reason \
             reportingComponent type"
        }
        "namespaces" => "status.phase",
        "secrets" => "type",
        "services" => "spec.clusterIP spec.type",
        _ => "",
    };
    let unsupported = || format!("field label not supported: {label}");
    let (places, absent): (&[&str], _) = match (plural, label) {
        ("nodes" | "namespaces", "metadata.namespace") => return Err(unsupported()),
        (_, "metadata.name" | "metadata.namespace") => (&[label], ""),
        _ if plain.split(' ').any(|plain| plain == label && !label.is_empty()) => (&[label], ""),
        ("pods", "spec.host") => (&["spec.nodeName"], ""),
        ("pods", "spec.hostNetwork") | ("nodes", "spec.unschedulable") => (&[label], "false"),
        ("pods", "status.podIP") => (&["status.podIP", "status.podIPs.0.ip"], ""),
        // Accepted by the server, but never filled.
        ("pods", "status.podIPs") => (&[], ""),
        ("events", "source") => (&["source.component", "reportingComponent"], ""),
        ("jobs", "status.successful") => (&["status.succeeded"], "0"),
        ("jobs", _) => return Err(format!("field label {label:?} not supported for Job")),
        ("pods" | "events" | "nodes" | "namespaces" | "secrets" | "services", _) => return Err(unsupported()),
        _ => {
            let known = "only \"metadata.name\", \"metadata.namespace\"";
            return Err(format!("{label:?} is not a known field selector: {known}"));
        }
    };
    Ok((places.iter().map(|place| format!("/{}", place.replace('.', "/"))).collect(), absent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn labels_select_as_on_the_real_server() {
        let running = json!({ "app": "web", "tier": "front", "n": "5" });
        let failed = json!({ "app": "job", "tier": "" });
        for (text, expected) in [
            ("", [true, true, true]),
            ("app=web", [true, false, false]),
            ("app!=web", [false, true, true]),
            ("app in (web, job),tier", [true, true, false]),
            ("app notin (web)", [false, true, true]),
            ("tier in (,a)", [false, true, false]),
            ("!n", [false, true, true]),
            ("a/b/c,-", [false, false, false]),
            ("in notin (in)", [true, true, true]),
        ] {
            let selector = LabelSelector::parse(text).unwrap();
            let labels = [running.as_object(), failed.as_object(), None];
            assert_eq!(labels.map(|labels| selector.matches(labels)), expected, "{text}");
        }
    }

    #[test]
    fn errors_have_the_real_servers_words() {
        for (text, expected) in [
            ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
            ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
            ("!a=b", "found '=', expected: ',' or 'end of string'"),
            ("a,", "found '', expected: identifier after ','"),
            ("(a)", "found '(', expected: !, identifier, or 'end of string'"),
            ("a>1", "unable to parse requirement: found '>', expected: in, notin, =, ==, !=, gt, lt"),
            ("a in b", "unable to parse requirement: found 'b' expected: '('"),
            ("a in (=)", "unable to parse requirement: found '=', expected: ',', ')' or identifier"),
            ("a in (b,=)", "unable to parse requirement: found '=', expected: ',', or identifier"),
        ] {
            assert_eq!(LabelSelector::parse(text), Err(expected.to_owned()));
        }
        let meta = "\"a\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";
        for (resource, text, expected) in [
            (("", "pods"), "zzz=1,aaa=2", "field label not supported: aaa"),
            (("", "pods"), "foo", "invalid selector: 'foo'; can't understand 'foo'"),
            (("", "pods"), "a=b=c", "invalid field selector: unescaped character in value: 61"),
            (("batch", "jobs"), "a=b", "field label \"a\" not supported for Job"),
            (("apps", "replicasets"), "a=b", meta),
        ] {
            assert_eq!(FieldSelector::parse(text, resource), Err(expected.to_owned()));
        }
    }

    #[test]
    fn fields_select_as_on_the_real_server() {
        let pod = json!({ "metadata": { "name": "a,b" }, "spec": { "nodeName": "n1" }, "status": {} });
        for (text, expected) in [
            ("metadata.name=a\\,b,spec.host==n1", true),
            ("spec.hostNetwork=false,status.podIP=", true),
            ("status.phase!=Running", true),
            ("spec.nodeName!=n1", false),
        ] {
            assert_eq!(FieldSelector::parse(text, ("", "pods")).unwrap().matches(&pod), expected, "{text}");
        }
    }
}
