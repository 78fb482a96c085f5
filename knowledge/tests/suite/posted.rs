//! What people paste, in the words of many versions and programs, has its cause first.

use podwhy_knowledge::interpret;

const POSTED: &str = include_str!("posted.txt");

#[test]
fn what_people_paste_has_its_cause_first() {
    let lines = POSTED.lines().filter(|line| !line.starts_with('#'));
    let asked: Vec<(&str, String)> = lines
        .map(|line| line.split_once(" | ").unwrap_or_else(|| panic!("no cause: {line}")))
        // what JSON quotes keeps its own escapes
        .map(|(id, text)| {
            (id, if text.contains("\\\"") { text.to_string() } else { text.replace("\\n", "\n") })
        })
        .collect();
    let wrong: Vec<String> = asked
        .iter()
        .map(|(id, text)| (id, text, interpret(text)))
        .filter(|(id, _, found)| found.top().cause != **id)
        .map(|(id, text, found)| format!("{id}, not {}: {text}", found.top().cause))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked.len() > 100);
}
