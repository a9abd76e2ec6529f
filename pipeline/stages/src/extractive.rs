//! The offline summaries: deterministic, free, and made of the conversation's own sentences.

use crate::ports::{MaybeSummarised, Summarised, Summarize};
use aftercall_core::redact::RedactedConversation;
use aftercall_core::summary;
use aftercall_schemas::Stage;
use aftercall_schemas::results::{AgentSummary, CustomerSummary, Processing};
use async_trait::async_trait;

/// Summaries by extraction.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extractive;

#[async_trait]
impl Summarize for Extractive {
    fn version(&self, stage: Stage) -> String {
        match stage {
            Stage::AgentSummary => summary::AGENT_VERSION.to_string(),
            _ => summary::CUSTOMER_VERSION.to_string(),
        }
    }

    fn is_costly(&self) -> bool {
        false
    }

    async fn customer(&self, conversation: &RedactedConversation) -> MaybeSummarised<CustomerSummary> {
        Ok(Summarised { summary: summary::customer_summary(conversation), processing: Processing::default() })
    }

    async fn agent(&self, conversation: &RedactedConversation) -> MaybeSummarised<AgentSummary> {
        Ok(Summarised { summary: summary::agent_summary(conversation), processing: Processing::default() })
    }
}
