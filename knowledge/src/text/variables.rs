//! The variables a template names, conditions included: Handlebars' strict mode lets `{{#if typo}}` pass.

use std::collections::BTreeSet;

use handlebars::TemplateError;
use handlebars::template::{Parameter, Template, TemplateElement};

/// Every variable of a template. Inside a list, `this.x` are the items' own fields and left out.
///
/// # Errors
/// [`TemplateError`] when it is no template.
pub fn variables(template: &str) -> Result<BTreeSet<String>, Box<TemplateError>> {
    let compiled = Template::compile(template).map_err(Box::new)?;
    let mut found = BTreeSet::new();
    collect(&compiled, false, &mut found);
    Ok(found)
}

fn collect(template: &Template, inner: bool, found: &mut BTreeSet<String>) {
    for element in &template.elements {
        match element {
            TemplateElement::Expression(helper) | TemplateElement::HtmlExpression(helper) => {
                note(&helper.name, inner, found, helper.params.is_empty());
                helper.params.iter().for_each(|p| note(p, inner, found, true));
            }
            TemplateElement::HelperBlock(helper) => {
                helper.params.iter().for_each(|p| note(p, inner, found, true));
                let each = helper.name.as_name() == Some("each");
                for block in [&helper.template, &helper.inverse].into_iter().flatten() {
                    collect(block, inner || each, found);
                }
            }
            _ => {}
        }
    }
}

fn note(parameter: &Parameter, inner: bool, found: &mut BTreeSet<String>, is_value: bool) {
    let Some(name) = parameter.as_name().map(str::to_string) else {
        return;
    };
    if is_value && !name.starts_with('@') && !(inner && name.starts_with("this")) {
        // of `first.bound` the data has `first`; what is in it, rendering the cases checks
        found.insert(name.split('.').next().unwrap_or_default().to_string());
    }
}
