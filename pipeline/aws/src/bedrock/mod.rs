//! Summaries by a language model on Bedrock, through the Converse API. The answer is the input of a tool that the model has
//! to use, so it has a typed form; one that has not is asked for once more with the fault named, and then the stage has
//! failed: text that is no summary is never kept as one. What a transcript says can change neither the form nor where the
//! request goes. Wire form: AWS API reference, `Converse`.

pub(crate) mod budget;
pub(crate) mod cost;
pub(crate) mod json;
pub(crate) mod wire;

use std::sync::Arc;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::redact::RedactedConversation;
use aftercall_core::summary::answer;
use aftercall_core::summary::prompts::{PromptKind, Prompts, Request, request};
use aftercall_schemas::results::{AgentSummary, CustomerSummary, Processing};
use aftercall_schemas::{ContactKey, Stage};
use aftercall_stages::keys;
use aftercall_stages::ports::{Clock, Failed, MaybeSummarised, Objects, Spending, Summarised, Summarize};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::types::Message;
use serde_json::{Value, json};

use crate::config::Warming;
use budget::Budget;
pub use cost::Prices;
use cost::Tokens;
use wire::{Answer, Fault};

/// How a model is asked.
#[derive(Debug, Clone)]
pub struct ConverseSettings {
    /// Id or ARN of the model or inference profile; never parsed.
    pub model_id: String,
    /// Most tokens of an answer. Always sent: it bounds what an answer can cost.
    pub max_tokens: i32,
    /// Temperature; `None` is not sent, because newer models refuse the field.
    pub temperature: Option<f32>,
    /// Guardrail, if one is to look at prompt and answer.
    pub guardrail: Option<Guardrail>,
    /// What tokens cost.
    pub prices: Prices,
    /// Most US dollars of a day (UTC), over all workers; `None`: no limit.
    pub daily_budget_usd: Option<f64>,
    /// Instructions.
    pub prompts: Prompts,
}

/// A guardrail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guardrail {
    /// Id or ARN.
    pub id: String,
    /// Version, or `DRAFT`.
    pub version: String,
}

/// What asking needs of the outside world besides Bedrock.
#[derive(Clone)]
pub struct ConversePorts {
    /// Where the day's costs are counted.
    pub spending: Arc<dyn Spending>,
    /// Where prompts and answers are kept.
    pub objects: Arc<dyn Objects>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A model on Bedrock.
pub struct Converse {
    client: Client,
    settings: ConverseSettings,
    ports: ConversePorts,
    budget: Option<Budget>,
}

/// What was asked and answered, for the object that is kept of it.
struct Exchange {
    /// The answers so far, as they are kept.
    answers: Vec<Value>,
    tokens: Tokens,
}

impl Converse {
    /// A model. Nothing is asked yet. The configuration's time-outs have to leave an answer its time
    /// ([`crate::config::Deadlines::of_long_call`]).
    ///
    /// # Errors
    /// `Config` if there is a daily budget and no prices to count with.
    pub fn new(config: &SdkConfig, settings: ConverseSettings, ports: ConversePorts) -> Result<Self> {
        let budget = Budget::new(settings.daily_budget_usd, &settings.prices)?;
        Ok(Self { client: Client::new(config), settings, ports, budget })
    }

    /// Opens a connection. The call asks nothing and costs nothing: a conversation without a message is refused.
    pub fn warm(&self) -> Warming<'_> {
        let converse = self.client.converse().model_id(&self.settings.model_id);
        Box::pin(async move { drop(converse.send().await) })
    }

    /// Asks, reads the answer with `read`, asks once more if it has not the form, and keeps what was said.
    async fn ask<S, E: std::fmt::Display>(
        &self,
        stage: Stage,
        kind: PromptKind,
        conversation: &RedactedConversation,
        read: impl Fn(&str) -> std::result::Result<S, E> + Send,
    ) -> MaybeSummarised<S> {
        let prompt = self.settings.prompts.get(kind);
        let request = request(&prompt, conversation);
        let started = self.ports.clock.now();
        let mut exchange = Exchange { answers: Vec::new(), tokens: Tokens::default() };
        let summary = self.twice(&request, &mut exchange, read).await;
        let processing = Processing {
            model: Some(self.settings.model_id.clone()),
            input_tokens: Some(exchange.tokens.all_input()),
            output_tokens: Some(exchange.tokens.output),
            cost_usd: self.settings.prices.cost_usd(&exchange.tokens),
            duration_millis: Some(self.ports.clock.now().as_millisecond().saturating_sub(started.as_millisecond())),
            ..Processing::default()
        };
        if !exchange.answers.is_empty() {
            let contact = conversation.conversation();
            let contact = ContactKey::new(&contact.instance_id, &contact.contact_id);
            if let Err(error) = self.keep(&contact, stage, &request, &exchange, &processing).await {
                return Err(Failed { error, processing: Box::new(processing), answers: Vec::new() });
            }
        }
        match summary {
            Ok(summary) => Ok(Summarised { summary, processing }),
            Err(error) => {
                let answers = exchange.answers.iter().map(Value::to_string).collect();
                Err(Failed { error, processing: Box::new(processing), answers })
            }
        }
    }

    /// Asks once, and once more if the answer has not the form.
    async fn twice<S, E: std::fmt::Display>(
        &self,
        request: &Request,
        exchange: &mut Exchange,
        read: impl Fn(&str) -> std::result::Result<S, E> + Send,
    ) -> Result<S> {
        let messages = vec![wire::question(request)?];
        let first = self.call(request, messages.clone(), exchange).await?;
        let fault = match usable(&first, &read) {
            Ok(summary) => return Ok(summary),
            Err(Fault::Stopped(why)) => return Err(self.failed(&format!("the model was stopped: {why}"))),
            Err(Fault::Form(fault)) => fault,
        };
        let repaired = wire::repair(messages, first.message, &fault)?;
        let second = self.call(request, repaired, exchange).await?;
        usable(&second, &read).map_err(|fault| match fault {
            Fault::Stopped(why) => self.failed(&format!("the model was stopped: {why}")),
            Fault::Form(fault) => self.failed(&format!("the model's answer has not the form, twice: {fault}")),
        })
    }

    /// One call, within the budget.
    async fn call(&self, request: &Request, messages: Vec<Message>, exchange: &mut Exchange) -> Result<Answer> {
        let reserved = match &self.budget {
            Some(budget) => {
                let before = exchange.answers.iter().map(|answer| answer.to_string().len()).sum();
                let most = self.settings.prices.most(request, before, self.settings.max_tokens);
                Some((budget, budget.reserve(&*self.ports.spending, self.ports.clock.now(), most).await?))
            }
            None => None,
        };
        let sent = wire::converse(&self.client, &self.settings, request, messages).await;
        if let Some((budget, reserved)) = reserved {
            let actual = match &sent {
                Ok(answer) => answer.tokens.map(|tokens| self.settings.prices.micros(&tokens)),
                Err(refusal) => refusal.cost_nothing.then_some(0),
            };
            budget.settle(&*self.ports.spending, reserved, actual).await;
        }
        let answer = sent.map_err(|refusal| refusal.error)?;
        exchange.tokens.add(&answer.tokens.unwrap_or_default());
        exchange.answers.push(answer.as_json());
        Ok(answer)
    }

    /// Keeps prompt and answers. They are of the redacted conversation.
    async fn keep(
        &self,
        contact: &ContactKey,
        stage: Stage,
        request: &Request,
        exchange: &Exchange,
        processing: &Processing,
    ) -> Result<()> {
        let prompt = [request.system.as_bytes(), &[0], request.user.as_bytes()].concat();
        let kept = json!({
            "format": "aftercall.exchange/1", "instance_id": contact.instance_id, "contact_id": contact.contact_id,
            "stage": stage, "model": self.settings.model_id, "prompt_version": request.version,
            "system": request.system, "user": request.user, "answers": exchange.answers, "processing": processing,
        });
        self.ports.objects.put(&keys::exchange(contact, stage, &prompt), kept.to_string().as_bytes()).await
    }

    fn failed(&self, what: &str) -> Error {
        Error::new(ErrorKind::Provider, what).with("model", &self.settings.model_id)
    }
}

/// The summary of an answer, or what is wrong with it. No text of the answer is in the fault.
fn usable<S, E: std::fmt::Display>(
    answer: &Answer,
    read: impl Fn(&str) -> std::result::Result<S, E>,
) -> std::result::Result<S, Fault> {
    read(&answer.input()?).map_err(|fault| Fault::Form(fault.to_string()))
}

#[async_trait]
impl Summarize for Converse {
    fn version(&self, stage: Stage) -> String {
        let kind = if stage == Stage::AgentSummary { PromptKind::Agent } else { PromptKind::Customer };
        format!("{}+{}", self.settings.prompts.get(kind).version, self.settings.model_id)
    }

    fn is_costly(&self) -> bool {
        true
    }

    fn most_usd(&self, stage: Stage, conversation: &RedactedConversation) -> Option<f64> {
        let kind = if stage == Stage::AgentSummary { PromptKind::Agent } else { PromptKind::Customer };
        let request = request(&self.settings.prompts.get(kind), conversation);
        self.settings.prices.most_usd(&request, self.settings.max_tokens)
    }

    async fn customer(&self, conversation: &RedactedConversation) -> MaybeSummarised<CustomerSummary> {
        let read = |text: &str| answer::customer(text, conversation);
        self.ask(Stage::CustomerSummary, PromptKind::Customer, conversation, read).await
    }

    async fn agent(&self, conversation: &RedactedConversation) -> MaybeSummarised<AgentSummary> {
        let read = |text: &str| answer::agent(text, conversation);
        self.ask(Stage::AgentSummary, PromptKind::Agent, conversation, read).await
    }
}
