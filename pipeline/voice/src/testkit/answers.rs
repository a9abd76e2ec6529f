//! The suite that every store of answers passes.

use crate::cache::{AnswerStore, StoredAnswer};

/// What every store of answers does: the first answer of a key stays.
///
/// # Errors
/// What is not as it should be.
pub async fn answer_store_conforms(store: &dyn AnswerStore) -> std::result::Result<(), String> {
    let fault = |error: aftercall_core::error::Error| error.to_string();
    let answer = |text: &str| StoredAnswer {
        question: "q".to_owned(),
        answer: text.to_owned(),
        citations: vec!["d".to_owned()],
    };
    if store.get("conformance").await.map_err(fault)?.is_some() {
        return Err("an answer that nobody stored".to_owned());
    }
    store.put_if_absent("conformance", &answer("one"), "c").await.map_err(fault)?;
    store.put_if_absent("conformance", &answer("two"), "c").await.map_err(fault)?;
    match store.get("conformance").await.map_err(fault)? {
        Some(found) if found == answer("one") => Ok(()),
        found => Err(format!("the first answer must stay, found {found:?}")),
    }
}
