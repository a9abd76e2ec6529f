//! Who answers, by the settings: the knowledge base with a model, or an agent of Bedrock.

use std::time::Duration;

use aftercall_aws::bedrock::{Guardrail, Prices};
use aftercall_aws::config::{Deadlines, Warming, shared_config};
use aftercall_aws::voice::answers::agent::{AgentSettings, BedrockAgent};
use aftercall_aws::voice::answers::knowledge_base::{KnowledgeBase, KnowledgeBaseSettings};
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_function::environment::Environment;
use aftercall_settings::{Settings, VoiceAnswerer};
use aftercall_voice::answers::Answerer;

/// Who answers.
pub enum Answering {
    /// The knowledge base, worded by a model.
    KnowledgeBase(Box<KnowledgeBase>),
    /// An agent.
    Agent(Box<BedrockAgent>),
}

impl Answering {
    /// Who answers by the settings. `longest`: what one answer may take.
    ///
    /// # Errors
    /// What is missing of settings and environment.
    pub async fn load(settings: &Settings, longest: Duration) -> Result<Self> {
        // Whoever asks ends the call by a deadline of its own; the SDK's is behind it.
        let deadlines = Deadlines { attempt: longest, operation: longest, attempts: 1, ..Deadlines::default() };
        let guardrail = settings.voice.guardrail.clone().map(|(id, version)| Guardrail { id, version });
        if let VoiceAnswerer::Agent { id, alias } = &settings.voice.answerer {
            let agent = AgentSettings { agent_id: id.clone(), alias_id: alias.clone(), guardrail };
            return Ok(Self::Agent(Box::new(BedrockAgent::new(&shared_config(&deadlines).await, agent))));
        }
        let read = |name: &str| std::env::var(name).ok();
        let mut environment = Environment::new(&read);
        let knowledge_base = environment.needed("AFTERCALL_KNOWLEDGE_BASE_ID");
        environment.finish()?;
        let bedrock = settings.bedrock.as_ref();
        let model_id = settings.voice.model_id.clone().or(bedrock.map(|bedrock| bedrock.model_id.clone()));
        let model_id = model_id.ok_or_else(|| {
            let what = "no model words the answers: set voice.model_id or bedrock.model_id; see docs/aws.md";
            Error::new(ErrorKind::Config, what)
        })?;
        // The prices are those of the summaries' model; of another one they would be wrong.
        let prices = bedrock.filter(|bedrock| bedrock.model_id == model_id).map(|bedrock| Prices {
            input: bedrock.prices.input,
            output: bedrock.prices.output,
            cache_read: bedrock.prices.cache_read,
            cache_write: bedrock.prices.cache_write,
        });
        let settings = KnowledgeBaseSettings {
            knowledge_base,
            model_id,
            max_tokens: settings.voice.max_tokens,
            temperature: bedrock.and_then(|bedrock| bedrock.temperature),
            guardrail,
            prices,
        };
        Ok(Self::KnowledgeBase(Box::new(KnowledgeBase::new(&shared_config(&deadlines).await, settings))))
    }

    /// As the port.
    pub fn port(&self) -> &dyn Answerer {
        match self {
            Self::KnowledgeBase(knowledge_base) => &**knowledge_base,
            Self::Agent(agent) => &**agent,
        }
    }

    /// What answers have cost since this was asked last, in millionths of a US dollar; of an agent it is not known.
    pub fn take_spent_micros(&self) -> u64 {
        match self {
            Self::KnowledgeBase(knowledge_base) => knowledge_base.take_spent_micros(),
            Self::Agent(_) => 0,
        }
    }

    /// Opens its connections.
    pub fn warm(&self) -> Vec<Warming<'_>> {
        match self {
            Self::KnowledgeBase(knowledge_base) => knowledge_base.warm().into(),
            Self::Agent(agent) => vec![agent.warm()],
        }
    }
}
