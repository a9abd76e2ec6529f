//! What was told of calls, in memory.

use std::sync::{Mutex, PoisonError};

use aftercall_core::error::Result;
use async_trait::async_trait;
use serde_json::Value;

use crate::live::{Part, Transcripts};

/// The documents of all parts, in the order in which they were told.
#[derive(Debug, Default)]
pub struct MemoryTranscripts(Mutex<Vec<Value>>);

impl MemoryTranscripts {
    /// The documents.
    pub fn told(&self) -> Vec<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Transcripts for MemoryTranscripts {
    async fn tell(&self, part: &Part, _within_ms: u64) -> Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(part.document());
        Ok(())
    }
}
