//! Where answers are kept, as a port, and the only two ways to use it: look up and remember.

use aftercall_core::error::Result;
use async_trait::async_trait;

use super::gate::compare;
use super::key::Keys;

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The question that it was made for.
    pub question: String,
    /// The answer.
    pub answer: String,
    /// Where it comes from.
    pub citations: Vec<String>,
}

/// Answers by key. An adapter may forget (time to live); it must not invent.
#[async_trait]
pub trait AnswerStore: Send + Sync {
    /// The answer under a key.
    async fn get(&self, key: &str) -> Result<Option<StoredAnswer>>;

    /// Keeps an answer unless the key has one. `contact_id`: whose question it was made for. It is not served, but what is kept
    /// holds that contact's words, and an erasure of it has to find them.
    async fn put_if_absent(&self, key: &str, answer: &StoredAnswer, contact_id: &str) -> Result<()>;
}

/// The stored answer that serves a question, if there is one: of the same question, or of a near one that passes the gate.
/// `keys` are the question's.
///
/// # Errors
/// The store's.
pub async fn lookup(store: &dyn AnswerStore, question: &str, keys: &Keys) -> Result<Option<StoredAnswer>> {
    if let Some(found) = store.get(keys.exact.as_str()).await? {
        return Ok(Some(found));
    }
    for near in &keys.near {
        let found = store.get(near.as_str()).await?;
        if let Some(found) = found.filter(|found| compare(&found.question, question, &keys.asked).is_ok()) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Keeps an answer to a question of a contact; `keys` are the question's. `from_customer_data` says whether a customer's data
/// went into it: then only that customer's scope takes it. Says whether it was kept.
///
/// # Errors
/// The store's.
pub async fn remember(
    store: &dyn AnswerStore,
    keys: &Keys,
    answer: &StoredAnswer,
    contact_id: &str,
    from_customer_data: bool,
) -> Result<bool> {
    if from_customer_data && keys.for_everybody {
        return Ok(false);
    }
    store.put_if_absent(keys.exact.as_str(), answer, contact_id).await?;
    for near in &keys.near {
        store.put_if_absent(near.as_str(), answer, contact_id).await?;
    }
    Ok(true)
}
