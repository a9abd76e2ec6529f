//! A guardrail that looks at a text by itself (Amazon Bedrock API reference, ApplyGuardrail). What it masks is used masked,
//! what it blocks is not used; that it cannot be asked is an error, never a pass.

use aftercall_core::error::{Error, ErrorKind, Result};
use aws_config::SdkConfig;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::operation::apply_guardrail::ApplyGuardrailOutput;
use aws_sdk_bedrockruntime::types::{
    GuardrailAction, GuardrailAssessment, GuardrailContentBlock, GuardrailContentSource,
    GuardrailSensitiveInformationPolicyAction as Masking, GuardrailTextBlock,
};

use crate::bedrock::Guardrail;
use crate::error::{Service, failed};

/// What a guardrail says of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// Nothing.
    Passed,
    /// This is left of it.
    Masked(String),
    /// It must not be used.
    Blocked,
}

/// A guardrail.
pub struct Guard {
    client: Client,
    guardrail: Guardrail,
}

impl Guard {
    /// A guardrail; nothing is called yet.
    pub fn new(config: &SdkConfig, guardrail: Guardrail) -> Self {
        Self { client: Client::new(config), guardrail }
    }

    /// Looks at what a caller asked.
    pub async fn check_question(&self, text: &str) -> Result<Checked> {
        self.check(GuardrailContentSource::Input, text).await
    }

    /// Looks at what is going to be said.
    pub async fn check_answer(&self, text: &str) -> Result<Checked> {
        self.check(GuardrailContentSource::Output, text).await
    }

    async fn check(&self, source: GuardrailContentSource, text: &str) -> Result<Checked> {
        let block = GuardrailTextBlock::builder().text(text).build().map_err(|error| {
            Error::new(ErrorKind::Provider, "a request for the guardrail cannot be made").because(error)
        })?;
        let apply = self
            .client
            .apply_guardrail()
            .guardrail_identifier(&self.guardrail.id)
            .guardrail_version(&self.guardrail.version)
            .source(source)
            .content(GuardrailContentBlock::Text(block));
        let applied = apply.send().await.map_err(|error| {
            failed("the guardrail cannot be asked", Service::Bedrock, &error).with("guardrail", &self.guardrail.id)
        })?;
        Ok(verdict(applied))
    }
}

fn verdict(applied: ApplyGuardrailOutput) -> Checked {
    if applied.action == GuardrailAction::None {
        return Checked::Passed;
    }
    let text: Vec<String> = applied.outputs.into_iter().filter_map(|output| output.text).collect();
    let masked = !applied.assessments.is_empty() && applied.assessments.iter().all(masks_only);
    if masked && !text.is_empty() { Checked::Masked(text.join(" ")) } else { Checked::Blocked }
}

/// Whether all that was found is masked. What this code does not know blocks.
fn masks_only(assessment: &GuardrailAssessment) -> bool {
    let others = assessment.topic_policy.is_some()
        || assessment.content_policy.is_some()
        || assessment.word_policy.is_some()
        || assessment.contextual_grounding_policy.is_some()
        || assessment.automated_reasoning_policy.is_some();
    let Some(found) = &assessment.sensitive_information_policy else { return false };
    let harmless = |action: &Masking| matches!(action, Masking::Anonymized | Masking::None);
    !others
        && found.pii_entities.iter().all(|one| harmless(&one.action))
        && found.regexes.iter().all(|one| harmless(&one.action))
}
