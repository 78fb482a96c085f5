//! A list that is read to its end, or not at all: a part of it would be taken for everything there is.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::paths::page;
use crate::request::{Fail, Requests};
use crate::table::ListMeta;

/// Whoever has more than this has something else to look at, in pages.
const MOST_PAGES: usize = 100;

/// A page of a list; one without items is no list. A list of metadata alone has `null` where it has none.
#[derive(Deserialize)]
struct Page {
    metadata: ListMeta,
    #[serde(deserialize_with = "listed")]
    items: Vec<Value>,
}

fn listed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Requests {
    /// Every item of a list, as `accept` has it; begun anew once, where it has changed too much meanwhile.
    ///
    /// # Errors
    /// Also where a page is missing, or is no list, or there are too many.
    pub(crate) async fn whole(&self, path: &str, accept: &str) -> Result<Vec<Value>, Fail> {
        let (mut items, mut next, mut is_second) = (Vec::new(), String::new(), false);
        for _ in 0..MOST_PAGES {
            match self.accepted::<Page>(&page(path, &next), accept).await {
                Ok(page) => {
                    items.extend(page.items);
                    next = page.metadata.next;
                    if next.is_empty() {
                        return Ok(items);
                    }
                }
                Err(Fail::Gone) if !is_second => {
                    is_second = true;
                    items.clear();
                    next.clear();
                }
                Err(fail) => return Err(fail),
            }
        }
        Err(Fail::Other("there are too many to be read".to_string()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fake::FakeApi;
    use crate::request::AS_JSON;

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_no_list_is_not_taken_for_an_empty_one() {
        let api = FakeApi::default();
        api.put("/api/v1/pods", json!({"kind": "Status", "metadata": {}}));
        let told = api.requests().whole("/api/v1/pods?limit=500", AS_JSON).await;
        assert!(matches!(&told, Err(Fail::Other(why)) if why.contains("items")), "{told:?}");
    }

    #[test]
    fn null_is_a_list_of_none_and_what_has_no_items_is_no_list() {
        let page = |text: &str| serde_json::from_str::<Page>(text).map(|page| page.items.len()).ok();
        assert_eq!(page(r#"{"metadata": {}, "items": null}"#), Some(0));
        assert_eq!(page(r#"{"metadata": {}, "items": [{}]}"#), Some(1));
        assert_eq!(page(r#"{"metadata": {}}"#), None);
        assert_eq!(page(r#"{"metadata": {}, "items": {}}"#), None);
    }
}
