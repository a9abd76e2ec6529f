//! The code hook of the bot: a turn is answered, and the pipeline is told what was said.

use aftercall_core::error::{Error, ErrorKind, Result};

use super::{Handled, unreadable};
use crate::agent::{Agent, OUTCOME, Responded, respond};
use crate::conversation::Speaker;
use crate::lex::{InputMode, LexEvent, LexResponse};
use crate::live::{CallName, Part, Transcripts, Utterance};

/// Answers a turn.
///
/// # Errors
/// An event that is not Lex's, or whose attributes leave no room for an answer. The flow goes on at its error branch.
pub async fn take_turn(event: &str, agent: &Agent<'_>, transcripts: &dyn Transcripts) -> Result<Handled<LexResponse>> {
    let event = LexEvent::parse(event).map_err(unreadable)?;
    if event.session_id.is_empty() {
        // Everything may be left out of an event, so another service's reads as an empty one.
        return Err(unreadable("it has no sessionId, so it is not from Lex V2"));
    }
    let responded = respond(&event, agent).await;
    let responded = responded.map_err(|refused| Error::new(ErrorKind::Corrupt, refused.to_string()))?;
    let answered_at = agent.clock.now_ms();
    let took = answered_at.saturating_sub(responded.turn.heard_at_ms);
    let outcome = responded.response.attributes().get(OUTCOME).map(String::as_str).unwrap_or_default();
    let counted = match outcome {
        "ANSWERED" => "TurnsAnswered",
        "ASYNC" => "TurnsLater",
        "NOMATCH" => "TurnsNotUnderstood",
        "SILENCE" => "TurnsSilent",
        "AGENT" => "TurnsHandedOver",
        _ => "TurnsEnded",
    };
    let part = part(&event, &responded, outcome == "END", answered_at);
    let (cached, over_budget) = (responded.cached, responded.over_budget);
    let mut handled = Handled::new(responded.response).count("Turns").count(counted).took("TurnMillis", took);
    if cached {
        handled = handled.count("CacheHits");
    }
    if over_budget {
        handled = handled.count("AnswersOverBudget");
    }
    Ok(handled.tell(Some(part), transcripts).await)
}

fn part(event: &LexEvent, responded: &Responded, ends: bool, answered_at: u64) -> Part {
    let turn = responded.turn;
    let utterance = |speaker, text: String, at_ms| {
        let who = if speaker == Speaker::Caller { "caller" } else { "agent" };
        Utterance { id: format!("{turn}-{who}"), speaker, text, at_ms }
    };
    let input = event.input();
    let words = input.words.trim();
    let heard = match input.mode {
        // Nobody needs a PIN to understand a conversation.
        InputMode::Dtmf if !words.is_empty() => Some("[keys]".to_owned()),
        _ => Some(words.to_owned()).filter(|words| !words.is_empty()),
    };
    let said: Vec<&str> = responded.response.messages().iter().map(|message| message.text()).collect();
    let said = Some(said.join(" ")).filter(|text| !text.is_empty());
    let heard = heard.map(|text| utterance(Speaker::Caller, text, turn.heard_at_ms));
    // What was answered within the same millisecond comes after what was asked.
    let answered_at = answered_at.max(turn.heard_at_ms.saturating_add(1));
    let said = said.map(|text| utterance(Speaker::Agent, text, answered_at));
    Part { call: CallName::of(event), locale: input.locale, said: heard.into_iter().chain(said).collect(), ends }
}
