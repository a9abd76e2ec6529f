//! Who answers, by the settings: the knowledge base with a model, or an agent of Bedrock.

use std::sync::Arc;
use std::time::Duration;

use aftercall_aws::bedrock::{Guardrail, Prices};
use aftercall_aws::config::{Deadlines, Warming, shared_config};
use aftercall_aws::dynamodb::SpendingTable;
use aftercall_aws::voice::answers::agent::{AgentSettings, BedrockAgent};
use aftercall_aws::voice::answers::knowledge_base::{KnowledgeBase, KnowledgeBaseSettings};
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_function::environment::Environment;
use aftercall_settings::{Settings, VoiceAnswerer};
use aftercall_stages::ports::Spending;
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
        let budget = budget(settings).await?;
        let guardrail = settings.voice.guardrail.clone().map(|(id, version)| Guardrail { id, version });
        if let VoiceAnswerer::Agent { id, alias } = &settings.voice.answerer {
            let agent = AgentSettings { agent_id: id.clone(), alias_id: alias.clone(), guardrail };
            let agent = BedrockAgent::new(&shared_config(&deadlines).await, agent);
            return Ok(Self::Agent(Box::new(match budget {
                Some((usd, spending)) => agent.within(usd, spending),
                None => agent,
            })));
        }
        let mut environment = Environment::of_process();
        let knowledge_base = environment.needed("AFTERCALL_KNOWLEDGE_BASE_ID");
        environment.finish()?;
        let bedrock = settings.bedrock.as_ref();
        let model_id = settings.voice.model_id.clone().or(bedrock.map(|bedrock| bedrock.model_id.clone()));
        let model_id = model_id.ok_or_else(|| {
            let what = "no model words the answers: set voice.model_id or bedrock.model_id; see docs/aws.md";
            Error::new(ErrorKind::Config, what)
        })?;
        // Those of the summaries' model would be wrong for another one. No cache is used.
        let of_summaries = bedrock.filter(|bedrock| bedrock.model_id == model_id).map(|bedrock| Prices {
            input: bedrock.prices.input,
            output: bedrock.prices.output,
            cache_read: bedrock.prices.cache_read,
            cache_write: bedrock.prices.cache_write,
        });
        let own = settings.voice.prices.map(|(input, output)| Prices { input, output, ..Prices::default() });
        let prices = own.or(of_summaries);
        let settings = KnowledgeBaseSettings {
            knowledge_base,
            model_id,
            max_tokens: settings.voice.max_tokens,
            temperature: bedrock.and_then(|bedrock| bedrock.temperature),
            guardrail,
            prices,
        };
        let knowledge_base = KnowledgeBase::new(&shared_config(&deadlines).await, settings);
        Ok(Self::KnowledgeBase(Box::new(match budget {
            Some((usd, spending)) => knowledge_base.within(usd, spending)?,
            None => knowledge_base,
        })))
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

/// What may be spent a day, and where all who spend count it.
async fn budget(settings: &Settings) -> Result<Option<(f64, Arc<dyn Spending>)>> {
    let Some(usd) = settings.voice.daily_budget_usd else { return Ok(None) };
    let mut environment = Environment::of_process();
    let index = environment.needed("AFTERCALL_INDEX_TABLE");
    environment.finish()?;
    let spending = SpendingTable::new(&shared_config(&Deadlines::default()).await, &index);
    Ok(Some((usd, Arc::new(spending))))
}
