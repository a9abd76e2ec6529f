//! Answers out of a knowledge base of Bedrock: Retrieve finds passages, Converse words them (Amazon Bedrock API reference). The
//! guardrail looks three times: at the question, inside of Converse at the caller's words, and at the answer. Passages stand
//! outside of what Converse's guardrail looks at: they are ours, and marked as data in the request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_stages::ports::Spending;
use aftercall_voice::answers::grounded::{CitedPassage, PASSAGES, Request, judge, request};
use aftercall_voice::answers::{Answer, Answerer, Ask, Pace};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_bedrockagentruntime::Client as Retrieval;
use aws_sdk_bedrockagentruntime::types::{
    KnowledgeBaseQuery, KnowledgeBaseRetrievalConfiguration, KnowledgeBaseVectorSearchConfiguration,
};
use aws_sdk_bedrockruntime::Client as Model;
use aws_sdk_bedrockruntime::operation::converse::ConverseOutput;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, GuardrailConfiguration, GuardrailConverseContentBlock, GuardrailConverseTextBlock,
    InferenceConfiguration, Message, SpecificToolChoice, StopReason, SystemContentBlock, Tool, ToolChoice,
    ToolConfiguration, ToolInputSchema, ToolSpecification,
};
use aws_smithy_types::error::operation::BuildError;
use jiff::Timestamp;

use super::guard::{Checked, Guard};
use super::passages::passage;
use super::{guarded, in_time};
use crate::bedrock::budget::Budget;
use crate::bedrock::json::{document, value};
use crate::bedrock::wire::tokens;
use crate::bedrock::{Guardrail, Prices};
use crate::config::Warming;
use crate::error::{Service, cost_nothing, failed};

/// The tool that the model has to use: its input is the answer.
const TOOL: &str = "report_answer";
const TOOL_DESCRIPTION: &str = "Reports the answer and the numbers of the passages that say so.";

/// Where answers come from.
#[derive(Debug, Clone)]
pub struct KnowledgeBaseSettings {
    /// Id of the knowledge base.
    pub knowledge_base: String,
    /// Id or ARN of the model or inference profile; never parsed.
    pub model_id: String,
    /// Most tokens of an answer.
    pub max_tokens: i32,
    /// Temperature; `None` is not sent, because newer models refuse the field.
    pub temperature: Option<f32>,
    /// Guardrail, if there is one.
    pub guardrail: Option<Guardrail>,
    /// What the model's tokens cost, where it is known.
    pub prices: Option<Prices>,
}

/// A knowledge base and a model that words what it says.
pub struct KnowledgeBase {
    retrieval: Retrieval,
    model: Model,
    guard: Option<Guard>,
    settings: KnowledgeBaseSettings,
    spent_micros: AtomicU64,
    budget: Option<(Budget, Arc<dyn Spending>)>,
}

/// What came of asking the model.
enum Worded {
    /// It said something.
    Said(String),
    /// The guardrail or the model refused.
    Refused,
    /// It was not asked: what may be spent today is spent.
    OverBudget,
}

impl KnowledgeBase {
    /// A knowledge base; nothing is asked yet.
    pub fn new(config: &SdkConfig, settings: KnowledgeBaseSettings) -> Self {
        Self {
            retrieval: Retrieval::new(config),
            model: Model::new(config),
            guard: settings.guardrail.clone().map(|guardrail| Guard::new(config, guardrail)),
            settings,
            spent_micros: AtomicU64::new(0),
            budget: None,
        }
    }

    /// The same within what may be spent a day (UTC), US dollars, together with all others who count in `spending`.
    ///
    /// # Errors
    /// `Config` if the model's prices are not known.
    pub fn within(self, daily_budget_usd: f64, spending: Arc<dyn Spending>) -> Result<Self> {
        let budget = Budget::new(Some(daily_budget_usd), &self.settings.prices.unwrap_or_default())?;
        Ok(Self { budget: budget.map(|budget| (budget, spending)), ..self })
    }

    /// What answers have cost since this was asked last, in millionths of a US dollar.
    pub fn take_spent_micros(&self) -> u64 {
        self.spent_micros.swap(0, Ordering::Relaxed)
    }

    /// Opens both connections. The calls ask nothing and cost nothing: they are refused.
    pub fn warm(&self) -> [Warming<'_>; 2] {
        let retrieve = self.retrieval.retrieve().knowledge_base_id(&self.settings.knowledge_base);
        let converse = self.model.converse().model_id(&self.settings.model_id);
        [Box::pin(async move { drop(retrieve.send().await) }), Box::pin(async move { drop(converse.send().await) })]
    }

    async fn retrieve(&self, question: &str) -> Result<Vec<CitedPassage>> {
        let most = i32::try_from(PASSAGES).unwrap_or(i32::MAX);
        let search = KnowledgeBaseVectorSearchConfiguration::builder().number_of_results(most).build();
        let search = KnowledgeBaseRetrievalConfiguration::builder().vector_search_configuration(search).build();
        let retrieve = self
            .retrieval
            .retrieve()
            .knowledge_base_id(&self.settings.knowledge_base)
            .retrieval_query(KnowledgeBaseQuery::builder().text(question).build())
            .retrieval_configuration(search);
        let found = retrieve.send().await.map_err(|error| {
            failed("the knowledge base cannot be asked", Service::BedrockAgent, &error)
                .with("knowledge_base", &self.settings.knowledge_base)
        })?;
        let found = found.retrieval_results.iter();
        Ok(found
            .filter_map(|one| passage(one.content.as_ref(), one.location.as_ref(), one.metadata.as_ref()))
            .collect())
    }

    async fn find(&self, ask: &Ask<'_>) -> Result<Answer> {
        let look = async {
            match &self.guard {
                Some(guard) => guard.check_question(ask.question).await,
                None => Ok(Checked::Passed),
            }
        };
        let (checked, passages) = tokio::try_join!(look, self.retrieve(ask.question))?;
        let question = match checked {
            Checked::Passed => ask.question.to_owned(),
            Checked::Masked(question) => question,
            Checked::Blocked => return Ok(Answer::Unknown),
        };
        // Without a passage nothing could support an answer: no model is asked.
        if passages.is_empty() {
            return Ok(Answer::Unknown);
        }
        let request = request(&Ask { question: &question, ..*ask }, &passages);
        let reply = match self.word(&request).await? {
            Worded::Said(reply) => reply,
            Worded::Refused => return Ok(Answer::Unknown),
            Worded::OverBudget => return Ok(Answer::OverBudget),
        };
        let answer = judge(&reply, &passages).map_err(|fault| self.failed(&fault))?;
        guarded(answer, self.guard.as_ref()).await
    }

    /// What the model makes of it. The most that it can cost is reserved before; of a call that is given up it stays so.
    async fn word(&self, request: &Request) -> Result<Worded> {
        let Some((budget, spending)) = &self.budget else { return self.ask(request).await.1 };
        let bytes =
            [request.system.len(), request.data.len(), request.question.len(), request.schema.to_string().len()];
        let most = self.settings.prices.unwrap_or_default().most_of(&bytes, self.settings.max_tokens);
        let reserved = budget.reserve_if_room(&**spending, Timestamp::now(), most).await?;
        let Some(reserved) = reserved else { return Ok(Worded::OverBudget) };
        let (cost, worded) = self.ask(request).await;
        budget.settle(&**spending, reserved, cost).await;
        worded
    }

    /// What it cost, as far as it is known, and what came of it.
    async fn ask(&self, request: &Request) -> (Option<i64>, Result<Worded>) {
        let answered = match self.converse(request).await {
            Ok(answered) => answered,
            Err((error, free)) => return (free.then_some(0), Err(error)),
        };
        let cost = self.settings.prices.zip(answered.usage.as_ref());
        let cost = cost.map(|(prices, usage)| prices.micros(&tokens(usage)));
        self.spent_micros.fetch_add(cost.and_then(|cost| u64::try_from(cost).ok()).unwrap_or(0), Ordering::Relaxed);
        let worded = match answered.stop_reason {
            StopReason::GuardrailIntervened | StopReason::ContentFiltered => Ok(Worded::Refused),
            StopReason::MaxTokens => Err(self.failed("the answer has more tokens than voice.max_tokens allows")),
            _ => said(&answered).map(Worded::Said).ok_or_else(|| self.failed("the model has not used its tool")),
        };
        (cost, worded)
    }

    /// The call. An error says whether it certainly cost nothing; else nobody knows what it cost.
    async fn converse(&self, request: &Request) -> std::result::Result<ConverseOutput, (Error, bool)> {
        let unsent = |error| (unbuilt(error), true);
        let inference = InferenceConfiguration::builder()
            .max_tokens(self.settings.max_tokens)
            .set_temperature(self.settings.temperature)
            .build();
        let guardrail = self.settings.guardrail.as_ref().map(|guardrail| {
            let configuration = GuardrailConfiguration::builder().guardrail_identifier(&guardrail.id);
            configuration.guardrail_version(&guardrail.version).build()
        });
        let converse = self
            .model
            .converse()
            .model_id(&self.settings.model_id)
            .system(SystemContentBlock::Text(request.system.to_owned()))
            .messages(self.message(request).map_err(unsent)?)
            .inference_config(inference)
            .tool_config(tools(request).map_err(unsent)?)
            .set_guardrail_config(guardrail);
        converse.send().await.map_err(|error| {
            let free = cost_nothing(&error);
            let failed = failed("the model cannot be asked", Service::Bedrock, &error);
            (failed.with("model", &self.settings.model_id), free)
        })
    }

    /// Passages as text; the question where the guardrail looks, if there is one.
    fn message(&self, request: &Request) -> std::result::Result<Message, BuildError> {
        let question = if self.settings.guardrail.is_some() {
            let text = GuardrailConverseTextBlock::builder().text(&request.question).build()?;
            ContentBlock::GuardContent(GuardrailConverseContentBlock::Text(text))
        } else {
            ContentBlock::Text(request.question.clone())
        };
        let data = ContentBlock::Text(request.data.clone());
        Message::builder().role(ConversationRole::User).content(data).content(question).build()
    }

    fn failed(&self, what: &str) -> Error {
        Error::new(ErrorKind::Provider, what).with("model", &self.settings.model_id)
    }
}

fn tools(request: &Request) -> std::result::Result<ToolConfiguration, BuildError> {
    let tool = ToolSpecification::builder()
        .name(TOOL)
        .description(TOOL_DESCRIPTION)
        .input_schema(ToolInputSchema::Json(document(&request.schema)))
        .build()?;
    let choice = SpecificToolChoice::builder().name(TOOL).build()?;
    ToolConfiguration::builder().tools(Tool::ToolSpec(tool)).tool_choice(ToolChoice::Tool(choice)).build()
}

/// The input of the tool as JSON.
fn said(answered: &ConverseOutput) -> Option<String> {
    let message = answered.output.as_ref()?.as_message().ok()?;
    let used = message.content.iter().filter_map(|part| part.as_tool_use().ok()).find(|used| used.name == TOOL)?;
    Some(value(&used.input).to_string())
}

fn unbuilt(error: BuildError) -> Error {
    Error::new(ErrorKind::Provider, "a request for the model cannot be made").because(error)
}

#[async_trait]
impl Answerer for KnowledgeBase {
    fn pace(&self, _question: &str) -> Pace {
        Pace::Quick
    }

    async fn answer(&self, ask: &Ask<'_>) -> Result<Answer> {
        in_time(ask.within_ms, self.find(ask)).await
    }
}
