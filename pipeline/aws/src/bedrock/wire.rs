//! One call of Converse: how a request is made and an answer read (AWS API reference, `Converse`). It decides nothing about
//! asking again.

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::summary::prompts::Request;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::types::{
    CachePointBlock, CachePointType, ContentBlock, ConversationRole, ConverseOutput, GuardrailConfiguration,
    InferenceConfiguration, Message, SpecificToolChoice, StopReason, SystemContentBlock, TokenUsage, Tool, ToolChoice,
    ToolConfiguration, ToolInputSchema, ToolResultBlock, ToolResultContentBlock, ToolResultStatus, ToolSpecification,
    ToolUseBlock,
};
use aws_smithy_types::error::operation::BuildError;
use serde_json::{Value, json};

use super::ConverseSettings;
use super::cost::Tokens;
use super::json::{document, value};
use crate::error::{Service, cost_nothing, failed};

/// The tool that the model has to use: its input is the answer.
const TOOL: &str = "report_summary";
const TOOL_DESCRIPTION: &str = "Reports the summary of the transcript.";

/// What is wrong with an answer.
pub enum Fault {
    /// The model did not get to an end; asking again would end the same way.
    Stopped(&'static str),
    /// The answer has not the form.
    Form(String),
}

/// An answer.
pub struct Answer {
    /// What the model said, with only those parts that can be sent back to it.
    pub message: Option<Message>,
    /// What it took; `None` where the service does not say.
    pub tokens: Option<Tokens>,
    stop: StopReason,
}

/// A call without an answer.
pub struct Refusal {
    /// Why.
    pub error: Error,
    /// The service certainly refused before the model wrote anything. Else nobody knows what it cost.
    pub cost_nothing: bool,
}

impl Answer {
    /// The input of the tool as JSON.
    pub fn input(&self) -> std::result::Result<String, Fault> {
        match &self.stop {
            StopReason::GuardrailIntervened => return Err(Fault::Stopped("guardrail_intervened")),
            StopReason::ContentFiltered => return Err(Fault::Stopped("content_filtered")),
            StopReason::MaxTokens => return Err(Fault::Stopped("max_tokens")),
            StopReason::ModelContextWindowExceeded => return Err(Fault::Stopped("model_context_window_exceeded")),
            _ => {}
        }
        // Other parts may stand before it: what the model reasoned, or text.
        let used = self.message.iter().flat_map(tools_used).find(|used| used.name() == TOOL);
        let used = used.ok_or_else(|| Fault::Form(format!("the tool {TOOL} is not used")))?;
        Ok(value(used.input()).to_string())
    }

    /// The answer as it is kept.
    pub fn as_json(&self) -> Value {
        let content = self.message.as_ref().map_or(&[][..], Message::content);
        let part = |part: &ContentBlock| match part {
            ContentBlock::Text(text) => json!({ "text": text }),
            ContentBlock::ToolUse(used) => json!({ "tool": used.name(), "input": value(used.input()) }),
            _ => json!("reasoning"),
        };
        let content: Vec<Value> = content.iter().map(part).collect();
        let tokens = self.tokens.map(|tokens| {
            json!({
                "input": tokens.input, "output": tokens.output, "cache_read": tokens.cache_read,
                "cache_write": tokens.cache_write,
            })
        });
        json!({ "stop_reason": self.stop.as_str(), "content": content, "tokens": tokens })
    }
}

fn tools_used(message: &Message) -> impl Iterator<Item = &ToolUseBlock> {
    message.content().iter().filter_map(|part| part.as_tool_use().ok())
}

fn unbuilt(error: BuildError) -> Error {
    Error::new(ErrorKind::Provider, "a request for the model cannot be made").because(error)
}

/// The message that asks.
pub fn question(request: &Request) -> Result<Message> {
    message(ConversationRole::User, vec![ContentBlock::Text(request.user.clone())])
}

fn message(role: ConversationRole, content: Vec<ContentBlock>) -> Result<Message> {
    Message::builder().role(role).set_content(Some(content)).build().map_err(unbuilt)
}

/// The messages that ask once more: what was said, and what is wrong with it.
pub fn repair(mut messages: Vec<Message>, answer: Option<Message>, fault: &str) -> Result<Vec<Message>> {
    let Some(answer) = answer else { return Ok(messages) };
    let what = format!("This answer cannot be used: {fault}. Use the tool {TOOL} again, with an input of its schema.");
    let mut results = Vec::new();
    for used in tools_used(&answer) {
        let result = ToolResultBlock::builder()
            .tool_use_id(used.tool_use_id())
            .status(ToolResultStatus::Error)
            .content(ToolResultContentBlock::Text(what.clone()))
            .build();
        results.push(ContentBlock::ToolResult(result.map_err(unbuilt)?));
    }
    if results.is_empty() {
        results.push(ContentBlock::Text(what));
    }
    messages.push(answer);
    messages.push(message(ConversationRole::User, results)?);
    Ok(messages)
}

/// The system prompt: what is the same for every contact, which ends in a cache point, and what names the mark of the
/// transcript. The tool stands before all of it in what the service reads, and is the same too.
fn system(request: &Request) -> Result<Vec<SystemContentBlock>> {
    let cache = CachePointBlock::builder().r#type(CachePointType::Default).build().map_err(unbuilt)?;
    let cache = SystemContentBlock::CachePoint(cache);
    let text = |text: &str| SystemContentBlock::Text(text.to_owned());
    Ok(match request.system.split_at_checked(request.same_bytes) {
        Some((same, own)) if !same.is_empty() && !own.is_empty() => vec![text(same), cache, text(own)],
        _ => vec![text(&request.system)],
    })
}

fn tools(request: &Request) -> Result<ToolConfiguration> {
    let tool = ToolSpecification::builder()
        .name(TOOL)
        .description(TOOL_DESCRIPTION)
        .input_schema(ToolInputSchema::Json(document(&request.schema)))
        .build()
        .map_err(unbuilt)?;
    let choice = SpecificToolChoice::builder().name(TOOL).build().map_err(unbuilt)?;
    let tools = ToolConfiguration::builder().tools(Tool::ToolSpec(tool)).tool_choice(ToolChoice::Tool(choice));
    tools.build().map_err(unbuilt)
}

/// Asks the model.
pub async fn converse(
    client: &Client,
    settings: &ConverseSettings,
    request: &Request,
    messages: Vec<Message>,
) -> std::result::Result<Answer, Refusal> {
    let unsent = |error: Error| Refusal { error, cost_nothing: true };
    let inference =
        InferenceConfiguration::builder().max_tokens(settings.max_tokens).set_temperature(settings.temperature).build();
    let guardrail = settings.guardrail.as_ref().map(|guardrail| {
        let guardrail_config = GuardrailConfiguration::builder().guardrail_identifier(&guardrail.id);
        guardrail_config.guardrail_version(&guardrail.version).build()
    });
    let converse = client
        .converse()
        .model_id(&settings.model_id)
        .set_system(Some(system(request).map_err(unsent)?))
        .set_messages(Some(messages))
        .inference_config(inference)
        .tool_config(tools(request).map_err(unsent)?)
        .set_guardrail_config(guardrail);
    let answered = converse.send().await.map_err(|error| Refusal {
        cost_nothing: cost_nothing(&error),
        error: failed("the model cannot be asked", Service::Bedrock, &error).with("model", &settings.model_id),
    })?;
    let said = match answered.output {
        Some(ConverseOutput::Message(message)) => sendable(message),
        _ => None,
    };
    Ok(Answer { message: said, tokens: answered.usage.as_ref().map(tokens), stop: answered.stop_reason })
}

/// The message with the parts that can be sent back; `None` if there is nothing in it.
fn sendable(said: Message) -> Option<Message> {
    let known = |part: &ContentBlock| part.is_text() || part.is_tool_use() || part.is_reasoning_content();
    let content: Vec<ContentBlock> = said.content.into_iter().filter(known).collect();
    if content.is_empty() { None } else { message(said.role, content).ok() }
}

/// What a call took.
pub fn tokens(usage: &TokenUsage) -> Tokens {
    Tokens {
        input: i64::from(usage.input_tokens),
        output: i64::from(usage.output_tokens),
        cache_read: usage.cache_read_input_tokens.map_or(0, i64::from),
        cache_write: usage.cache_write_input_tokens.map_or(0, i64::from),
    }
}
