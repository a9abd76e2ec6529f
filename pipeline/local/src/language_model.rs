//! Summaries by a language model behind an OpenAI-compatible endpoint (Ollama, llama.cpp, vLLM, a gateway). The answer has a
//! typed form; one that has not is asked for once more with the fault named, and then the stage has failed: text that is no
//! summary is never kept as one. What a transcript says can change neither the form nor where the request goes.

use std::time::Duration;

use aftercall_core::error::{Error, ErrorKind, Result, Retry};
use aftercall_core::redact::RedactedConversation;
use aftercall_core::summary::answer;
use aftercall_core::summary::prompts::{PromptKind, Prompts, Request, request};
use aftercall_schemas::Stage;
use aftercall_schemas::results::{AgentSummary, CustomerSummary, Processing};
use aftercall_stages::ports::{Failed, MaybeSummarised, Summarised, Summarize};
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::backfill::Prices;

/// Where the model is and how it is asked.
#[derive(Clone)]
pub struct ModelSettings {
    /// Address up to and with `/v1`.
    pub endpoint: String,
    /// Name of the model, as the endpoint knows it.
    pub model: String,
    /// Key of the endpoint, where it wants one. Never shown.
    pub api_key: Option<String>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Instructions.
    pub prompts: Prompts,
    /// What tokens cost.
    pub prices: Prices,
}

/// Tokens that an answer may have at the most. It is sent, so that a budget can reckon with it; the form has no room for
/// more than some hundred.
const LONGEST_ANSWER: u32 = 4096;

/// A model behind an endpoint.
pub struct LanguageModel {
    settings: ModelSettings,
    agent: ureq::Agent,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Usage,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Usage {
    prompt_tokens: Option<i64>,
    completion_tokens: Option<i64>,
}

impl LanguageModel {
    /// A model. Nothing is asked yet.
    pub fn new(settings: ModelSettings) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(settings.timeout))
            // A redirect would send the transcript somewhere else.
            .max_redirects(0)
            .http_status_as_error(false)
            .build();
        Self { agent: config.into(), settings }
    }

    /// Asks, reads the answer with `read`, and asks once more if it has not the form.
    fn ask<S, E: std::fmt::Display>(
        &self,
        kind: PromptKind,
        conversation: &RedactedConversation,
        read: impl Fn(&str) -> std::result::Result<S, E>,
    ) -> MaybeSummarised<S> {
        let request = request(&self.settings.prompts.get(kind), conversation);
        let mut processing = Processing { model: Some(self.settings.model.clone()), ..Processing::default() };
        let mut answers = Vec::new();
        let summary = self.twice(&request, &mut processing, &mut answers, read);
        processing.cost_usd = self.settings.prices.cost(&processing);
        match summary {
            Ok(summary) => Ok(Summarised { summary, processing }),
            Err(error) => Err(Failed { error, processing: Box::new(processing), answers }),
        }
    }

    /// Asks once, and once more if the answer has not the form. What was said in vain is in `answers`.
    fn twice<S, E: std::fmt::Display>(
        &self,
        request: &Request,
        processing: &mut Processing,
        answers: &mut Vec<String>,
        read: impl Fn(&str) -> std::result::Result<S, E>,
    ) -> Result<S> {
        let first = self.complete(request, None, processing)?;
        let fault = match read(&first) {
            Ok(summary) => return Ok(summary),
            Err(fault) => fault.to_string(),
        };
        answers.push(first.clone());
        let second = self.complete(request, Some((&first, &fault)), processing)?;
        let failed = |fault| self.failed(&format!("the model's answer has not the form, twice: {fault}"), Retry::Never);
        let summary = read(&second).map_err(failed);
        answers.push(second);
        summary
    }

    fn complete(&self, request: &Request, repair: Option<(&str, &str)>, processing: &mut Processing) -> Result<String> {
        let mut messages = vec![
            json!({ "role": "system", "content": request.system }),
            json!({ "role": "user", "content": request.user }),
        ];
        if let Some((answer, fault)) = repair {
            messages.push(json!({ "role": "assistant", "content": answer }));
            messages.push(json!({
                "role": "user",
                "content": format!("This answer cannot be used: {fault}. Answer again, with one JSON object of the schema."),
            }));
        }
        let body = json!({
            "model": self.settings.model,
            "max_tokens": LONGEST_ANSWER,
            "messages": messages,
            "response_format": {
                "type": "json_schema",
                "json_schema": { "name": "summary", "strict": true, "schema": request.schema },
            },
        });
        let completion = self.post(&body)?;
        let add = |sum: &mut Option<i64>, more: Option<i64>| {
            if let Some(more) = more {
                *sum = Some(sum.unwrap_or(0).saturating_add(more));
            }
        };
        add(&mut processing.input_tokens, completion.usage.prompt_tokens);
        add(&mut processing.output_tokens, completion.usage.completion_tokens);
        let content = completion.choices.into_iter().next().and_then(|choice| choice.message.content);
        content.ok_or_else(|| self.failed("the model's answer has no content", Retry::Never))
    }

    /// Asks once for an answer of a form, within a time; none if the time was over.
    pub(crate) fn reply_within(
        &self,
        (system, user): (&str, &str),
        schema: &Value,
        within: Duration,
    ) -> Result<Option<String>> {
        let body = json!({
            "model": self.settings.model,
            "max_tokens": LONGEST_ANSWER,
            "messages": [{ "role": "system", "content": system }, { "role": "user", "content": user }],
            "response_format": {
                "type": "json_schema",
                "json_schema": { "name": "answer", "strict": true, "schema": schema },
            },
        });
        let Some(completion) = self.post_within(&body, within.min(self.settings.timeout))? else { return Ok(None) };
        let content = completion.choices.into_iter().next().and_then(|choice| choice.message.content);
        content.map(Some).ok_or_else(|| self.failed("the model's answer has no content", Retry::Never))
    }

    fn post(&self, body: &Value) -> Result<Completion> {
        let completion = self.post_within(body, self.settings.timeout)?;
        completion.ok_or_else(|| self.failed("the model did not answer in time", Retry::Later))
    }

    fn post_within(&self, body: &Value, within: Duration) -> Result<Option<Completion>> {
        let address = format!("{}/chat/completions", self.settings.endpoint.trim_end_matches('/'));
        let mut post = self.agent.post(&address).config().timeout_global(Some(within)).build();
        if let Some(key) = &self.settings.api_key {
            post = post.header("Authorization", format!("Bearer {key}"));
        }
        let mut response = match post.send_json(body) {
            Ok(response) => response,
            Err(ureq::Error::Timeout(_)) => return Ok(None),
            Err(error) => {
                let failed = self.failed("the model cannot be asked", Retry::Later);
                return Err(failed.with("endpoint", &self.settings.endpoint).because(error.to_string()));
            }
        };
        let status = response.status().as_u16();
        if status != 200 {
            let wait = response.headers().get("retry-after").and_then(|wait| wait.to_str().ok()?.parse().ok());
            let retry = match (status, wait) {
                (408 | 429 | 500..=599, Some(seconds)) => Retry::After(Duration::from_secs(seconds)),
                (408 | 429 | 500..=599, None) => Retry::Later,
                _ => Retry::Never,
            };
            let what = format!("the model's endpoint answers with status {status}");
            return Err(match status {
                // The key, the address or the model's name is wrong: no contact's fault, and it passes when it is mended.
                401 | 403 | 404 => Error::new(ErrorKind::Config, what)
                    .with("endpoint", &self.settings.endpoint)
                    .with("model", &self.settings.model),
                _ => self.failed(&what, retry),
            });
        }
        match response.body_mut().read_json() {
            Ok(completion) => Ok(Some(completion)),
            Err(ureq::Error::Timeout(_)) => Ok(None),
            // What the parser says of it may quote the answer.
            Err(_) => Err(self.failed("the model's endpoint answers with no completion", Retry::Never)),
        }
    }

    /// A failure that may become the reason why a contact has no summary, and stand in the warehouse: it does not say where
    /// the model is.
    fn failed(&self, what: &str, retry: Retry) -> Error {
        Error::new(ErrorKind::Provider, what).with("model", &self.settings.model).retry(retry)
    }
}

#[async_trait]
impl Summarize for LanguageModel {
    fn version(&self, stage: Stage) -> String {
        let kind = if stage == Stage::AgentSummary { PromptKind::Agent } else { PromptKind::Customer };
        format!("{}+{}", self.settings.prompts.get(kind).version, self.settings.model)
    }

    fn is_costly(&self) -> bool {
        true
    }

    /// A token has at least one byte. Asked for twice, the second time with the first answer sent along.
    fn most_usd(&self, stage: Stage, conversation: &RedactedConversation) -> Option<f64> {
        let kind = if stage == Stage::AgentSummary { PromptKind::Agent } else { PromptKind::Customer };
        let request = request(&self.settings.prompts.get(kind), conversation);
        let sent = request.system.len() + request.user.len() + request.schema.to_string().len();
        let longest = f64::from(LONGEST_ANSWER);
        self.settings.prices.of_tokens(2.0 * sent as f64 + longest, 2.0 * longest)
    }

    async fn customer(&self, conversation: &RedactedConversation) -> MaybeSummarised<CustomerSummary> {
        self.ask(PromptKind::Customer, conversation, |text| answer::customer(text, conversation))
    }

    async fn agent(&self, conversation: &RedactedConversation) -> MaybeSummarised<AgentSummary> {
        self.ask(PromptKind::Agent, conversation, |text| answer::agent(text, conversation))
    }
}
