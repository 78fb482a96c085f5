//! Who is in a user group.

use serde_json::{Value, json};

use crate::slack::arguments::{Arguments, Refusal};
use crate::slack::state::State;
use crate::slack::violations::Rule;

/// <https://docs.slack.dev/reference/methods/usergroups.users.list>
pub(crate) fn members(state: &mut State, arguments: &Arguments) -> Result<Value, Refusal> {
    let id = arguments.text("usergroup").unwrap_or_default();
    match state.setup.user_groups.get(id) {
        Some(people) => Ok(json!({"users": people})),
        None => {
            Err(state.refuse(Rule::BadArgument, "no_such_subteam", format!("there is no user group {id}")))
        }
    }
}
