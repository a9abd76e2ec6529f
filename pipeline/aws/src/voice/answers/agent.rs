//! Answers by an agent of Bedrock (API reference, InvokeAgent). What it says counts only as far as the passages that it
//! cites support it. Each question is a session of its own: questions stand for themselves here, and no caller meets what
//! another one said.

use std::sync::Arc;

use aftercall_core::error::Result;
use aftercall_stages::ports::Spending;
use aftercall_voice::answers::grounded::{CitedPassage, judge_text};
use aftercall_voice::answers::{Answer, Answerer, Ask, Pace};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_bedrockagentruntime::Client;
use aws_sdk_bedrockagentruntime::types::{PayloadPart, ResponseStream};
use jiff::Timestamp;

use super::guard::{Checked, Guard};
use super::passages::passage;
use super::{guarded, in_time};
use crate::bedrock::Guardrail;
use crate::bedrock::budget::Budget;
use crate::config::Warming;
use crate::error::{Service, failed, failed_midway};

/// Which agent is asked.
#[derive(Debug, Clone)]
pub struct AgentSettings {
    /// Id of the agent.
    pub agent_id: String,
    /// Id of its alias.
    pub alias_id: String,
    /// Guardrail, if there is one, besides that which the agent itself may have.
    pub guardrail: Option<Guardrail>,
}

/// An agent.
pub struct BedrockAgent {
    client: Client,
    guard: Option<Guard>,
    settings: AgentSettings,
    budget: Option<(Budget, Arc<dyn Spending>)>,
}

/// What an agent has said.
#[derive(Default)]
struct Said {
    bytes: Vec<u8>,
    passages: Vec<CitedPassage>,
}

impl Said {
    fn add(&mut self, part: &PayloadPart) {
        if let Some(bytes) = &part.bytes {
            self.bytes.extend_from_slice(bytes.as_ref());
        }
        let citations = part.attribution.iter().flat_map(|attribution| attribution.citations());
        let references = citations.flat_map(|citation| citation.retrieved_references());
        self.passages.extend(
            references.filter_map(|one| passage(one.content.as_ref(), one.location.as_ref(), one.metadata.as_ref())),
        );
    }
}

impl BedrockAgent {
    /// An agent; nothing is asked yet.
    pub fn new(config: &SdkConfig, settings: AgentSettings) -> Self {
        let guard = settings.guardrail.clone().map(|guardrail| Guard::new(config, guardrail));
        Self { client: Client::new(config), guard, settings, budget: None }
    }

    /// The same within what may be spent a day (UTC), US dollars. What an agent costs nobody tells, so it is not counted; when
    /// others have used the budget up, the agent is not asked either.
    pub fn within(self, daily_budget_usd: f64, spending: Arc<dyn Spending>) -> Self {
        Self { budget: Some((Budget::looking(daily_budget_usd), spending)), ..self }
    }

    /// Opens a connection. The call asks nothing and is refused.
    pub fn warm(&self) -> Warming<'_> {
        let invoke = self.client.invoke_agent().agent_id(&self.settings.agent_id);
        let invoke = invoke.agent_alias_id(&self.settings.alias_id).session_id("-");
        Box::pin(async move { drop(invoke.send().await) })
    }

    async fn invoke(&self, question: &str) -> Result<Said> {
        let session = format!("{question}#{}", Timestamp::now().as_nanosecond());
        let invoke = self
            .client
            .invoke_agent()
            .agent_id(&self.settings.agent_id)
            .agent_alias_id(&self.settings.alias_id)
            .session_id(blake3::hash(session.as_bytes()).to_hex().as_str())
            .input_text(question);
        let mut answered = invoke.send().await.map_err(|error| {
            failed("the agent cannot be asked", Service::BedrockAgent, &error).with("agent", &self.settings.agent_id)
        })?;
        let mut said = Said::default();
        let broken = |error| {
            failed_midway("the agent's answer breaks off", Service::BedrockAgent, &error)
                .with("agent", &self.settings.agent_id)
        };
        while let Some(event) = answered.completion.recv().await.map_err(broken)? {
            if let ResponseStream::Chunk(part) = event {
                said.add(&part);
            }
        }
        Ok(said)
    }

    async fn find(&self, ask: &Ask<'_>) -> Result<Answer> {
        let checked = match &self.guard {
            Some(guard) => guard.check_question(ask.question).await?,
            None => Checked::Passed,
        };
        let question = match checked {
            Checked::Passed => ask.question.to_owned(),
            Checked::Masked(question) => question,
            Checked::Blocked => return Ok(Answer::Unknown),
        };
        if let Some((budget, spending)) = &self.budget
            && budget.is_used_up(&**spending, Timestamp::now()).await?
        {
            return Ok(Answer::OverBudget);
        }
        let said = self.invoke(&with_purpose(&question, ask.purpose)).await?;
        let answer = judge_text(&String::from_utf8_lossy(&said.bytes), &said.passages);
        guarded(answer, self.guard.as_ref()).await
    }
}

/// The question and, for calls out, what the call is about.
fn with_purpose(question: &str, purpose: Option<&str>) -> String {
    match purpose {
        Some(purpose) => format!("This call is about: {purpose}\n\n{question}"),
        None => question.to_owned(),
    }
}

#[async_trait]
impl Answerer for BedrockAgent {
    fn pace(&self, _question: &str) -> Pace {
        Pace::Quick
    }

    async fn answer(&self, ask: &Ask<'_>) -> Result<Answer> {
        in_time(ask.within_ms, self.find(ask)).await
    }
}
