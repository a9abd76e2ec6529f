//! The stand-in for Lex: which intent and slots an utterance has, by the samples of the script. Deterministic: the sample
//! with the most fixed words that fits the whole utterance wins; extra words around it are allowed.

use std::collections::BTreeMap;

use aftercall_core::text::tokens;
use serde_json::{Value, json};

use super::script::{IntentScript, TurnScript};

/// The intent when nothing fits.
const FALLBACK: &str = "FallbackIntent";

/// What was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Understood {
    pub intent: String,
    pub slots: BTreeMap<String, String>,
}

/// Understands a turn. Pinned intent and slots are taken as they are.
pub(super) fn understand(turn: &TurnScript, bot: &BTreeMap<String, IntentScript>) -> Understood {
    if let Some(intent) = &turn.intent {
        return Understood { intent: intent.clone(), slots: turn.slots.clone() };
    }
    let words = tokens::words(turn.say.as_deref().unwrap_or_default());
    let mut best: Option<(usize, Understood)> = None;
    for (name, intent) in bot {
        for sample in &intent.samples {
            let Some((weight, slots)) = fit(sample, intent, &words) else { continue };
            if best.as_ref().is_none_or(|(most, _)| weight > *most) {
                best = Some((weight, Understood { intent: name.clone(), slots }));
            }
        }
    }
    let fallback = || Understood { intent: FALLBACK.to_owned(), slots: turn.slots.clone() };
    best.map_or_else(fallback, |(_, found)| found)
}

/// Whether the words of a sample stand in an utterance, in order, and the values of its slots.
fn fit(sample: &str, intent: &IntentScript, words: &[String]) -> Option<(usize, BTreeMap<String, String>)> {
    let mut at = 0;
    let mut weight = 0;
    let mut slots = BTreeMap::new();
    for part in sample.split_whitespace() {
        let rest = words.get(at..)?;
        if let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            let values = intent.slots.get(name)?;
            let (skip, value) = rest
                .iter()
                .enumerate()
                .find_map(|(skip, word)| Some((skip, values.iter().find(|value| value.to_lowercase() == *word)?)))?;
            slots.insert(name.to_owned(), value.clone());
            at += skip + 1;
        } else {
            let part = part.to_lowercase();
            at += rest.iter().position(|word| *word == part)? + 1;
            weight += 1;
        }
    }
    (weight > 0).then_some((weight, slots))
}

/// The event that Lex would send to the code hook.
pub(super) fn event(
    turn: &TurnScript,
    understood: &Understood,
    session: &str,
    attributes: &BTreeMap<String, String>,
    locale: &str,
) -> Value {
    let words = turn.say.as_deref().or(turn.keys.as_deref()).unwrap_or_default();
    let slots: BTreeMap<&String, Value> = understood
        .slots
        .iter()
        .map(|(name, value)| {
            (name, json!({"shape": "Scalar", "value": {"originalValue": value, "interpretedValue": value, "resolvedValues": [value]}}))
        })
        .collect();
    let intent =
        json!({"name": understood.intent, "state": "ReadyForFulfillment", "confirmationState": "None", "slots": slots});
    let negative = turn.negative.unwrap_or(0.0);
    let label = if negative >= 0.5 { "NEGATIVE" } else { "NEUTRAL" };
    json!({
        "messageVersion": "1.0",
        "invocationSource": "FulfillmentCodeHook",
        "inputMode": if turn.keys.is_some() { "DTMF" } else { "Speech" },
        "responseContentType": "text/plain; charset=utf-8",
        "sessionId": session,
        "inputTranscript": words,
        "invocationLabel": null,
        "bot": {"id": "SIMULATED", "name": "Agent", "aliasId": "SIMULATED", "aliasName": "live", "localeId": locale.replace('-', "_"), "version": "1"},
        "interpretations": [{
            "interpretationSource": "Lex", "intent": intent, "nluConfidence": null,
            "sentimentResponse": {"sentiment": label, "sentimentScore": {"mixed": 0.0, "negative": negative, "neutral": 1.0 - negative, "positive": 0.0}},
        }],
        "proposedNextState": null,
        "requestAttributes": {"x-amz-lex:channels:platform": "Connect", "x-amz-lex:accept-content-types": "PlainText,SSML"},
        "sessionState": {"sessionAttributes": attributes, "activeContexts": [], "intent": intent, "originatingRequestId": "simulated"},
        "transcriptions": [{"transcription": words, "transcriptionConfidence": turn.heard.unwrap_or(0.95), "resolvedContext": {"intent": understood.intent}, "resolvedSlots": {}}],
    })
}
