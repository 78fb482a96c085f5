//! Whether Discord has the commands already.

use serde_json::{Map, Value, json};

/// Whether what is registered says all that is wanted. Discord adds ids, versions and defaults to what it was given.
fn says(registered: &Value, wanted: &Value) -> bool {
    match (registered, wanted) {
        (Value::Object(registered), Value::Object(wanted)) => {
            let told = |key: &str| registered.get(key).unwrap_or(&Value::Null);
            wanted.iter().all(|(key, value)| says(told(key), value)) && !adds_options(registered, wanted)
        }
        (Value::Array(registered), Value::Array(wanted)) => {
            registered.len() == wanted.len()
                && registered.iter().zip(wanted).all(|(own, want)| says(own, want))
        }
        (own, want) => own == want,
    }
}

/// Options and switches that are not wanted.
fn adds_options(registered: &Map<String, Value>, wanted: &Map<String, Value>) -> bool {
    let some = |map: &Map<String, Value>, key: &str| {
        map.get(key).is_some_and(|value| *value != json!(false) && *value != json!([]) && !value.is_null())
    };
    ["options", "required", "autocomplete", "default_member_permissions", "choices"]
        .iter()
        .any(|key| some(registered, key) && !some(wanted, key))
}

/// The same commands in the same order: by kind and name, as Discord gives them in an order of its own.
pub(crate) fn are(registered: &Value, wanted: &Value) -> bool {
    let sorted = |commands: &Value| {
        let mut commands = commands.as_array().cloned().unwrap_or_default();
        commands
            .sort_by_key(|command| (command["type"].as_u64(), command["name"].as_str().map(str::to_string)));
        Value::Array(commands)
    };
    registered.is_array() && says(&sorted(registered), &sorted(wanted))
}

#[cfg(test)]
mod tests {
    use super::super::commands;
    use super::*;

    #[test]
    fn what_discord_adds_is_no_difference() {
        let wanted = commands("pod", false);
        let mut registered = wanted.clone();
        for command in registered.as_array_mut().unwrap() {
            command["id"] = json!("1");
            command["default_member_permissions"] = Value::Null;
            command["nsfw"] = json!(false);
        }
        registered[0]["options"][0]["options"][0]["min_length"] = Value::Null;
        registered[0]["options"][0]["options"][1]["required"] = json!(false);
        registered.as_array_mut().unwrap().reverse();
        assert!(are(&registered, &wanted));
    }

    #[test]
    fn what_differs_is_seen() {
        let wanted = commands("pod", false);
        let with = |change: &dyn Fn(&mut Value)| {
            let mut registered = wanted.clone();
            change(&mut registered);
            are(&registered, &wanted)
        };
        assert!(!with(&|all| all[0]["name"] = json!("kube")));
        assert!(!with(&|all| all[0]["options"][0]["description"] = json!("old")));
        assert!(!with(&|all| all[0]["options"][5]["options"] = json!([{ "name": "x" }])));
        assert!(!with(&|all| all[0]["default_member_permissions"] = json!("0")));
        assert!(!with(&|all| all[0]["options"][0]["options"][1]["autocomplete"] = json!(true)));
        assert!(!with(&|all| all.as_array_mut().unwrap().truncate(1)));
        assert!(!with(&|all| *all = Value::Null));
        assert!(are(&json!([]), &json!([])));
    }
}
