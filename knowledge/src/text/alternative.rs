//! A step that is written as the alternative to those before it, where none of those is shown.

use crate::lang::Lang;

/// The title as the first step of an answer: a page's steps are written in their order, and "Or add a node" answers
/// nothing where the steps before it do not apply.
pub(super) fn as_first(title: String, lang: Lang) -> String {
    match lang {
        Lang::En => match title.strip_prefix("Or ") {
            Some(rest) => {
                let mut letters = rest.chars();
                letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
            }
            None => title,
        },
        Lang::Zh => {
            let rest = ["或者，", "或者", "或"].into_iter().find_map(|or| title.strip_prefix(or));
            rest.map(str::to_string).unwrap_or(title)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_no_alternative() {
        let first = |title: &str, lang| as_first(title.to_string(), lang);
        assert_eq!(first("Or add a node.", Lang::En), "Add a node.");
        assert_eq!(first("Order a node.", Lang::En), "Order a node.");
        assert_eq!(first("或者，去掉污点。", Lang::Zh), "去掉污点。");
        assert_eq!(first("或者改用别的镜像。", Lang::Zh), "改用别的镜像。");
        assert_eq!(first("或加节点。", Lang::Zh), "加节点。");
    }
}
