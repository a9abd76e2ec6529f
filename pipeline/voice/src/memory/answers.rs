//! Stored answers in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aftercall_core::error::Result;
use async_trait::async_trait;

use crate::cache::{AnswerStore, StoredAnswer};

/// Answers in memory.
#[derive(Debug, Default)]
pub struct MemoryAnswers(Mutex<BTreeMap<String, StoredAnswer>>);

#[async_trait]
impl AnswerStore for MemoryAnswers {
    async fn get(&self, key: &str) -> Result<Option<StoredAnswer>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    async fn put_if_absent(&self, key: &str, answer: &StoredAnswer, _contact_id: &str) -> Result<()> {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.entry(key.to_owned()).or_insert_with(|| answer.clone());
        Ok(())
    }
}
