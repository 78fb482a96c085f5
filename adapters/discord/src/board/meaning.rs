//! What a call's failure means for a message of an incident.

use podwhy_flow::ports::BoardError;

use crate::rest::{Fail, code};

/// Discord's numbers for what may be done later: slow mode and other limits of writing, too many threads, an API that is
/// overloaded. <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes>
const PASSING: [i64; 7] = [20_016, 20_022, 20_028, 20_029, 130_000, 160_006, 160_007];

/// What it means.
pub(super) fn meaning(fail: Fail) -> BoardError {
    let told = fail.to_string();
    match fail {
        Fail::Unknown => BoardError::Unclear(told),
        Fail::NotSent => BoardError::Later(told),
        Fail::Refused { code: code::UNKNOWN_MESSAGE, .. } => BoardError::Gone,
        // a token is exchanged, a limit passes, and without a number it was not Discord's API that answered
        Fail::Refused { status: 401 | 408 | 429, .. } | Fail::Refused { code: 0, .. } => {
            BoardError::Later(told)
        }
        Fail::Refused { code, .. } if PASSING.contains(&code) => BoardError::Later(told),
        Fail::Refused { .. } => BoardError::Refused(told),
    }
}

/// The same for beginning a thread: an unclear one can simply be begun again, and the message in it was not posted.
pub(super) fn of_thread(fail: Fail) -> BoardError {
    match meaning(fail) {
        BoardError::Unclear(told) => BoardError::Later(told),
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::discord::refusal;

    #[test]
    fn only_what_is_final_is_refused() {
        for (status, code) in [(403, 50_001), (403, 50_013), (404, 10_003), (400, 50_035), (400, 160_005)] {
            assert!(matches!(meaning(refusal(status, code)), BoardError::Refused(_)), "{status} {code}");
        }
        for (status, code) in [(401, 0), (429, 0), (403, 0), (429, 20_028), (400, 160_006), (503, 130_000)] {
            assert!(matches!(meaning(refusal(status, code)), BoardError::Later(_)), "{status} {code}");
        }
        assert_eq!(meaning(refusal(404, 10_008)), BoardError::Gone);
        assert!(matches!(meaning(Fail::NotSent), BoardError::Later(_)));
        assert!(matches!(meaning(Fail::Unknown), BoardError::Unclear(_)));
        assert!(matches!(of_thread(Fail::Unknown), BoardError::Later(_)));
        assert_eq!(of_thread(refusal(404, 10_008)), BoardError::Gone);
    }
}
