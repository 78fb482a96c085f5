//! Label and field selectors: which objects of a list or a watch are meant.
//!
//! Grammar, meaning and the words of every error are the real server's:
//! [labels](https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/labels/selector.go),
//! [fields](https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/fields/selector.go).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The query parameter `labelSelector`: `a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x,y)`, `a`, `!a`, `a>1`,
/// `a<1`, joined by commas; an empty one means everything
/// ([Parse](https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/labels/selector.go)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    Absent,
    Greater,
    Less,
}

impl LabelSelector {
    /// Reads the parameter; an error has the words of the server's Bad Request.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tokens = Tokens { items: tokens(text), next: 0 };
        let mut requirements = Vec::new();
        loop {
            match tokens.peek() {
                "" => return Ok(Self(requirements)),
                next if starts_requirement(next) => {}
                found => return Err(format!("found '{found}', expected: !, identifier, or 'end of string'")),
            }
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
        self.0.iter().all(|requirement| {
            let label = labels.and_then(|labels| labels.get(&requirement.key)).and_then(Value::as_str);
            requirement.matches(label)
        })
    }
}

impl Requirement {
    fn matches(&self, label: Option<&str>) -> bool {
        let named = label.is_some_and(|label| self.values.contains(label));
        let number = label.and_then(|label| label.parse::<i64>().ok());
        let bound = self.values.first().and_then(|value| value.parse::<i64>().ok());
        match self.operator {
            Operator::In => named,
            Operator::NotIn => !named,
            Operator::Exists => label.is_some(),
            Operator::Absent => label.is_none(),
            Operator::Greater => number.is_some() && number > bound,
            Operator::Less => number.is_some() && number < bound,
        }
    }
}

/// The tokens of a label selector; past the end everything is an empty one.
struct Tokens<'a> {
    items: Vec<&'a str>,
    next: usize,
}

impl<'a> Tokens<'a> {
    fn peek(&self) -> &'a str {
        self.items.get(self.next).copied().unwrap_or_default()
    }

    fn take(&mut self) -> &'a str {
        let token = self.peek();
        self.next += 1;
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

fn tokens(text: &str) -> Vec<&str> {
    let blank = |symbol: char| matches!(symbol, ' ' | '\t' | '\r' | '\n');
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches(blank);
    while !rest.is_empty() {
        let length = match rest {
            _ if rest.starts_with("==") || rest.starts_with("!=") => 2,
            _ if rest.starts_with(is_special) => 1,
            _ => rest.find(|symbol| is_special(symbol) || blank(symbol)).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        found.push(token);
        rest = after.trim_start_matches(blank);
    }
    found
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
    check_key(key)?;
    let (operator, values) = if absent {
        (Operator::Absent, BTreeSet::new())
    } else if matches!(tokens.peek(), "" | ",") {
        (Operator::Exists, BTreeSet::new())
    } else {
        match tokens.take() {
            "in" => (Operator::In, values(tokens)?),
            "notin" => (Operator::NotIn, values(tokens)?),
            "=" | "==" => (Operator::In, exact_value(tokens)?),
            "!=" => (Operator::NotIn, exact_value(tokens)?),
            ">" => (Operator::Greater, exact_value(tokens)?),
            "<" => (Operator::Less, exact_value(tokens)?),
            found => return Err(format!("found '{found}', expected: in, notin, =, ==, !=, gt, lt")),
        }
    };
    check_values(key, operator, &values)?;
    Ok(Requirement { key: key.to_owned(), operator, values })
}

fn exact_value(tokens: &mut Tokens) -> Result<BTreeSet<String>, String> {
    if matches!(tokens.peek(), "" | ",") {
        return Ok(BTreeSet::from([String::new()]));
    }
    match tokens.take() {
        value if is_identifier(value) => Ok(BTreeSet::from([value.to_owned()])),
        found => Err(format!("found '{found}', expected: identifier")),
    }
}

/// A list in parentheses; where a value is missing between commas, the empty one is meant.
fn values(tokens: &mut Tokens) -> Result<BTreeSet<String>, String> {
    let open = tokens.take();
    if open != "(" {
        return Err(format!("found '{open}' expected: '('"));
    }
    match tokens.peek() {
        ")" | "," => {}
        first if is_identifier(first) => {}
        found => return Err(format!("found '{found}', expected: ',', ')' or identifier")),
    }
    let mut values = BTreeSet::new();
    let mut missing = true;
    loop {
        match tokens.take() {
            end @ ("," | ")") => {
                if missing {
                    values.insert(String::new());
                }
                if end == ")" {
                    return Ok(values);
                }
                missing = true;
            }
            value if missing && is_identifier(value) => {
                values.insert(value.to_owned());
                missing = false;
            }
            found if missing => return Err(format!("found '{found}', expected: ',', or identifier")),
            found => return Err(format!("found '{found}', expected: ',' or ')'")),
        }
    }
}

const NAME: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
    alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const PREFIX: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or \
    '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', \
    and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used \
    for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

fn is_name(text: &str) -> bool {
    let ends = |end: Option<char>| end.is_some_and(|end| end.is_ascii_alphanumeric());
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    ends(text.chars().next()) && ends(text.chars().last()) && text.bytes().all(inside)
}

fn is_subdomain(text: &str) -> bool {
    let foreign = |symbol: char| symbol == '_' || symbol.is_ascii_uppercase();
    text.split('.').all(is_name) && !text.contains(foreign)
}

/// What a value breaks, in the words of
/// [field.Invalid](https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/validation/field/errors.go).
fn invalid(path: &str, value: &str, rules: &[(bool, &str, &str)]) -> Option<String> {
    let broken = rules.iter().filter(|(broken, ..)| *broken);
    let broken: Vec<String> = broken.map(|(_, part, rule)| format!("{part}{rule}")).collect();
    (!broken.is_empty()).then(|| format!("{path}: Invalid value: {value:?}: {}", broken.join("; ")))
}

/// [IsLabelKey](https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/api/validate/content/kube.go).
fn check_key(key: &str) -> Result<(), String> {
    let (prefix, name) = key.split_once('/').unwrap_or(("", key));
    let optional =
        format!("{NAME} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
    let error = if name.contains('/') {
        invalid("<nil>", key, &[(true, "a valid label key ", &optional)])
    } else {
        let rules = [
            (key.starts_with('/'), "prefix part ", "must be non-empty"),
            (prefix.len() > 253, "prefix part ", "must be no more than 253 bytes"),
            (!prefix.is_empty() && !is_subdomain(prefix), "prefix part ", PREFIX),
            (name.is_empty(), "name part ", "must be non-empty"),
            (name.len() > 63, "name part ", "must be no more than 63 bytes"),
            (!is_name(name), "name part ", NAME),
        ];
        invalid("<nil>", key, &rules)
    };
    error.map_or(Ok(()), Err)
}

/// [NewRequirement](https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/labels/selector.go).
fn check_values(key: &str, operator: Operator, values: &BTreeSet<String>) -> Result<(), String> {
    let compared = matches!(operator, Operator::Greater | Operator::Less);
    let integer = "for 'Gt', 'Lt' operators, the value must be an integer";
    let numbers = values.iter().filter_map(|value| {
        invalid("values[0]", value, &[(compared && value.parse::<i64>().is_err(), "", integer)])
    });
    let texts = values.iter().enumerate().filter_map(|(index, value)| {
        let long = (value.len() > 63, "", "must be no more than 63 bytes");
        let odd = (!value.is_empty() && !is_name(value), "", VALUE);
        invalid(&format!("values[{index}][{key}]"), value, &[long, odd])
    });
    let errors: Vec<String> = numbers.chain(texts).collect();
    match &errors[..] {
        [] => Ok(()),
        [error] => Err(error.clone()),
        _ => Err(format!("[{}]", errors.join(", "))),
    }
}

/// The query parameter `fieldSelector`: `a=b`, `a==b`, `a!=b`, joined by commas; `\` escapes `,`, `=` and itself
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
    /// Reads the parameter for a resource, (group, plural); an error has the words of the server's Bad Request,
    /// and of several it is the one of the first term in order of their text, as there.
    pub fn parse(text: &str, resource: (&str, &str)) -> Result<Self, String> {
        let mut parts = split_terms(text);
        parts.sort_unstable();
        let mut terms = Vec::new();
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            let Some(at) = operator_at(part) else {
                return Err(format!("invalid selector: '{text}'; can't understand '{part}'"));
            };
            let (label, rest) = part.split_at(at);
            let length = if rest.starts_with("!=") || rest.starts_with("==") { 2 } else { 1 };
            terms.push((label, !rest.starts_with('!'), unescape(&rest[length..])?));
        }
        // The server drops a term that says nothing at all.
        let said = terms.into_iter().filter(|(label, _, value)| !label.is_empty() || !value.is_empty());
        said.map(|(label, equal, value)| {
            let (pointers, absent) = field(resource, label)?;
            Ok(Term { pointers, absent, equal, value })
        })
        .collect::<Result<_, _>>()
        .map(Self)
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

fn operator_at(part: &str) -> Option<usize> {
    part.find('=').map(|at| if part[..at].ends_with('!') { at - 1 } else { at })
}

fn unescape(value: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut symbols = value.chars();
    while let Some(symbol) = symbols.next() {
        match symbol {
            '\\' => match symbols.next() {
                Some(escaped @ ('\\' | ',' | '=')) => out.push(escaped),
                other => {
                    let sequence: String = std::iter::once('\\').chain(other).collect();
                    return Err(format!("invalid field selector: invalid escape sequence: {sequence}"));
                }
            },
            // The server prints the character's number.
            ',' | '=' => {
                let number = u32::from(symbol);
                return Err(format!("invalid field selector: unescaped character in value: {number}"));
            }
            other => out.push(other),
        }
    }
    Ok(out)
}

/// The field labels of a resource beside those of its metadata; none where the server has no rule of its own
/// ([core](https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/conversion.go),
/// [events](https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/events/v1/conversion.go),
/// [batch](https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/batch/v1/conversion.go)).
fn own_labels(resource: (&str, &str)) -> Option<&'static str> {
    Some(match resource {
        ("", "pods") => {
            "spec.nodeName spec.host spec.restartPolicy spec.schedulerName spec.serviceAccountName spec.hostNetwork \
             status.phase status.podIP status.podIPs status.nominatedNodeName"
        }
        ("", "events") => {
            "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid \
             involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath reason \
             reportingComponent source type"
        }
        ("events.k8s.io", "events") => {
            "regarding.kind regarding.namespace regarding.name regarding.uid regarding.apiVersion \
             regarding.resourceVersion regarding.fieldPath reason reportingController type"
        }
        ("", "nodes") => "spec.unschedulable",
        ("", "namespaces") => "status.phase",
        ("", "secrets") => "type",
        ("", "services") => "spec.clusterIP spec.type",
        ("", "replicationcontrollers") => "status.replicas",
        ("batch", "jobs") => "status.successful",
        ("certificates.k8s.io", "certificatesigningrequests") => "spec.signerName",
        (group, _) if !built_in(group) => "",
        _ => return None,
    })
}

/// Whether a group is the server's own and not a custom resource's.
fn built_in(group: &str) -> bool {
    match group.strip_suffix(".k8s.io") {
        Some("rbac.authorization" | "flowcontrol.apiserver" | "internal.apiserver") => true,
        Some(first) => !first.contains('.'),
        None => !group.contains('.'),
    }
}

/// Where a field label leads and what it compares as where nothing is there.
fn field(resource: (&str, &str), label: &str) -> Result<(Vec<String>, &'static str), String> {
    let own = own_labels(resource);
    let known = match (label, resource) {
        ("metadata.name", _) => true,
        ("metadata.namespace", ("", "nodes" | "namespaces") | (_, "certificatesigningrequests")) => false,
        ("metadata.namespace", _) => true,
        ("", _) => false,
        _ => own.is_some_and(|own| own.split(' ').any(|known| known == label)),
    };
    if !known {
        let meta = "only \"metadata.name\", \"metadata.namespace\"";
        return Err(match own {
            Some("status.successful") => format!("field label {label:?} not supported for Job"),
            Some(_) => format!("field label not supported: {label}"),
            None => format!("{label:?} is not a known field selector: {meta}"),
        });
    }
    let (places, absent): (&[&str], _) = match label {
        "spec.host" => (&["spec.nodeName"], ""),
        "spec.hostNetwork" | "spec.unschedulable" => (&[label], "false"),
        "status.podIP" => (&["status.podIP", "status.podIPs.0.ip"], ""),
        // Accepted by the server, but never filled.
        "status.podIPs" => (&[], ""),
        "status.replicas" => (&[label], "0"),
        "status.successful" => (&["status.succeeded"], "0"),
        "source" => (&["source.component", "reportingComponent"], ""),
        _ => (&[label], ""),
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
            ("tier=", [false, true, false]),
            ("!n", [false, true, true]),
            ("n>4,n<6", [true, false, false]),
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
            (
                "/a",
                "unable to parse requirement: <nil>: Invalid value: \"/a\": prefix part must be non-empty",
            ),
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
