//! The voice agent's answers by a language model on this machine: passages out of a folder of documents, worded by a model
//! behind an OpenAI-compatible endpoint, and checked against the passages. What is asked and what a reply is worth is
//! decided by `aftercall_voice::answers::grounded`.

use std::time::Duration;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_voice::answers::{Answer, Answerer, Ask, Documents, Pace, grounded};
use async_trait::async_trait;

use crate::language_model::LanguageModel;

/// Documents, and a model that words what they say.
pub struct ModelAnswerer {
    /// Where the passages come from.
    pub documents: Documents,
    /// Who words them.
    pub model: LanguageModel,
}

#[async_trait]
impl Answerer for ModelAnswerer {
    fn pace(&self, _question: &str) -> Pace {
        Pace::Quick
    }

    async fn answer(&self, ask: &Ask<'_>) -> Result<Answer> {
        let passages = self.documents.passages(ask.question, ask.locale)?;
        // Without a passage nothing could support an answer: no model is asked.
        if passages.is_empty() {
            return Ok(Answer::Unknown);
        }
        let request = grounded::request(ask, &passages);
        let within = Duration::from_millis(ask.within_ms);
        match self.model.reply_within((request.system, &request.user()), &request.schema, within)? {
            Some(reply) => grounded::judge(&reply, &passages).map_err(|fault| Error::new(ErrorKind::Provider, fault)),
            None => Ok(Answer::TooSlow),
        }
    }
}
