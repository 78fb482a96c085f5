//! What a dialog asks before its button counts, in words: an app only lays it out, and hands back what was typed.

use podwhy_knowledge::redact::clean;

use super::card::Button;
use super::words;
use crate::act::dead::attestation;
use crate::ports::Attests;
use crate::show::text::{head, line};
use crate::words::Words;

/// A dialog.
#[derive(Debug)]
pub struct Form {
    /// The button that opens it; sent off, it comes back as a click of that button.
    pub button: Button,
    /// Above it.
    pub title: Words,
    /// On what sends it off.
    pub send: Words,
    /// What is typed into it; something has to be in each.
    pub fields: &'static [Field],
    /// Below its fields.
    pub note: Option<Words>,
}

/// One of its fields.
#[derive(Debug)]
pub struct Field {
    /// Its name in the dialog.
    pub id: &'static str,
    /// Above it.
    pub label: Words,
    /// In it, as long as it is empty.
    pub hint: Option<Words>,
    /// What stands in it to begin with.
    pub given: &'static str,
    /// The fewest characters it takes…
    pub shortest: usize,
    /// …and the most.
    pub longest: usize,
    /// Whether it has several lines.
    pub has_lines: bool,
}

/// What was typed into a dialog, as a [`Click`](crate::ports::Click) has it. Nothing, for a button without one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The name of what is changed.
    pub name: Option<String>,
    /// Somebody's word that a machine is off.
    pub attests: Option<Attests>,
}

/// No object in Kubernetes has a longer name.
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>
const NAME: Field = Field {
    id: "name",
    label: words::TYPE_NAME,
    hint: None,
    given: "",
    shortest: 1,
    longest: 253,
    has_lines: false,
};

const HOW: Field = Field {
    id: "how",
    label: words::ATTEST_HOW,
    hint: Some(words::ATTEST_HOW_HINT),
    given: "",
    shortest: attestation::SHORTEST,
    longest: attestation::LONGEST,
    has_lines: true,
};

/// Longer than any number that counts: "10 min" is told to be none, not kept from being sent off.
const MINUTES_AGO: Field = Field {
    id: "minutes_ago",
    label: words::ATTEST_WHEN,
    hint: None,
    given: "0",
    shortest: 1,
    longest: 10,
    has_lines: false,
};

static FORMS: [Form; 2] = [
    Form {
        button: Button::ApproveTyped,
        title: words::APPROVE_THIS,
        send: words::APPROVE,
        fields: &[NAME],
        note: None,
    },
    Form {
        button: Button::Attest,
        title: words::ATTEST_THIS,
        send: words::ATTEST_SEND,
        fields: &[HOW, MINUTES_AGO],
        note: Some(words::ATTEST_NOTE),
    },
];

impl Button {
    /// The dialog it opens; `None` for one that counts without.
    pub fn form(self) -> Option<&'static Form> {
        FORMS.iter().find(|form| form.button == self)
    }
}

impl Form {
    /// What was typed, by what stands in each field; `None` where one is not there.
    pub fn typed<'v>(&self, value: impl Fn(&Field) -> Option<&'v str>) -> Option<Typed> {
        let text = |field: &Field| Some(field.taken(value(field)?));
        Some(match self.button {
            Button::Attest => {
                let attests = Attests { how: text(&HOW)?, minutes_ago: text(&MINUTES_AGO)? };
                Typed { attests: Some(attests), name: None }
            }
            _ => Typed { name: Some(text(&NAME)?), attests: None },
        })
    }
}

impl Field {
    /// As it is taken: nothing in it that cannot be seen, and no longer than [`Field::longest`].
    fn taken(&self, text: &str) -> String {
        let seen = if self.has_lines { clean(text).trim().to_string() } else { line(text) };
        head(&seen, self.longest).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(how: &str, minutes_ago: &str) -> Attests {
        let form = Button::Attest.form().unwrap();
        let typed = form.typed(|field| Some(if field.id == "how" { how } else { minutes_ago })).unwrap();
        assert_eq!(typed.name, None, "never the field for a name");
        typed.attests.unwrap()
    }

    #[test]
    fn each_button_has_its_own_dialog_or_none() {
        for button in Button::ALL {
            let ids = button.form().map(|form| form.fields.iter().map(|field| field.id).collect::<Vec<_>>());
            let wanted = match button {
                Button::ApproveTyped => Some(vec!["name"]),
                Button::Attest => Some(vec!["how", "minutes_ago"]),
                _ => None,
            };
            assert_eq!(ids, wanted, "{button:?}");
            assert!(button.form().is_none_or(|form| form.button == button));
        }
    }

    #[test]
    fn a_name_is_one_line() {
        let form = Button::ApproveTyped.form().unwrap();
        let name = |text| form.typed(|_| Some(text)).unwrap();
        assert_eq!(name(" cart\n\u{202e} "), Typed { name: Some("cart \u{fffd}".into()), attests: None });
        assert_eq!(name(&"n".repeat(5000)).name, Some("n".repeat(253)));
        assert_eq!(form.typed(|_| None), None);
    }

    #[test]
    fn a_word_keeps_its_lines_and_nothing_that_cannot_be_seen() {
        let said = word("  BMC says off\nrack 4\u{202e}\u{7}\n", " 3\n");
        assert_eq!(
            (said.how.as_str(), said.minutes_ago.as_str()),
            ("BMC says off\nrack 4\u{fffd}\u{fffd}", "3")
        );
        let long = word(&"机".repeat(5000), &"9".repeat(5000));
        assert_eq!((long.how.chars().count(), long.minutes_ago.len()), (attestation::LONGEST, 10));
        assert_eq!(word(" ", " "), Attests { how: String::new(), minutes_ago: String::new() });
    }

    #[test]
    fn a_field_that_is_not_there_is_no_word() {
        let form = Button::Attest.form().unwrap();
        for field in form.fields {
            assert_eq!(form.typed(|one| (one.id != field.id).then_some("BMC")), None);
        }
    }
}
