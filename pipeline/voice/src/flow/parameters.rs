//! The parameters of each action, read from JSON. Written again by `emit`: the two files change together.

use serde_json::Value;

use super::action::{Action, Dtmf, InvocationType, Kind, LexInput, Queue, Reference, ResponseType, Speech, Target};
use super::read::{Fields, Read};

/// Reads the parameters of an action. Every field is either taken or an error.
pub(super) fn read(kind: Kind, parameters: Value) -> Read<Action> {
    let mut fields = Fields::of("Parameters", parameters)?;
    let action = match kind {
        Kind::UpdateFlowLoggingBehavior => Action::UpdateFlowLoggingBehavior {
            enabled: one_of(&fields.need_text("FlowLoggingBehavior")?, &[("Enabled", true), ("Disabled", false)])?,
        },
        Kind::ConnectParticipantWithLexBot => Action::ConnectParticipantWithLexBot(Box::new(lex(&mut fields)?)),
        Kind::InvokeLambdaFunction => function(&mut fields)?,
        Kind::Compare => Action::Compare { value: fields.need_text("ComparisonValue")? },
        Kind::Loop => Action::Loop { count: fields.need_figure("LoopCount")? },
        Kind::MessageParticipant => Action::MessageParticipant(speech(&mut fields)?),
        Kind::MessageParticipantIteratively => {
            let messages = fields.list("Messages")?.into_iter().map(|message| {
                let mut inner = Fields::of("Messages", message)?;
                let said = speech(&mut inner)?;
                inner.end().map(|()| said)
            });
            Action::MessageParticipantIteratively {
                messages: messages.collect::<Read<_>>()?,
                interrupt: fields.figure("InterruptFrequencySeconds")?,
            }
        }
        Kind::Wait => wait(&mut fields)?,
        Kind::GetParticipantInput => keys(&mut fields)?,
        Kind::UpdateContactAttributes => Action::UpdateContactAttributes {
            attributes: fields.texts("Attributes")?,
            target: match fields.text("TargetContact")? {
                None => Target::Current,
                Some(word) => {
                    Target::of(&word).ok_or_else(|| format!("Parameters.TargetContact {word:?} is not known"))?
                }
            },
        },
        Kind::UpdateContactData => Action::UpdateContactData {
            language: fields.text("LanguageCode")?,
            customer_id: fields.text("CustomerId")?,
            name: fields.text("Name")?,
            description: fields.text("Description")?,
        },
        Kind::UpdateContactTextToSpeechVoice => Action::UpdateContactTextToSpeechVoice {
            voice: fields.need_text("TextToSpeechVoice")?,
            engine: fields.text("TextToSpeechEngine")?,
            style: fields.text("TextToSpeechStyle")?,
        },
        Kind::InvokeFlowModule => Action::InvokeFlowModule { module: fields.need_reference("FlowModuleId")? },
        Kind::EndFlowModuleExecution => Action::EndFlowModuleExecution,
        Kind::UpdateContactTargetQueue => {
            Action::UpdateContactTargetQueue(match (fields.text("QueueId")?, fields.text("AgentId")?) {
                (Some(queue), None) => Queue::Queue(Reference::of(&queue)),
                (None, Some(agent)) => Queue::Agent(Reference::of(&agent)),
                _ => return Err("Parameters must have exactly one of QueueId and AgentId".to_owned()),
            })
        }
        Kind::TransferContactToQueue => Action::TransferContactToQueue,
        Kind::CheckOutboundCallStatus => Action::CheckOutboundCallStatus,
        Kind::DisconnectParticipant => Action::DisconnectParticipant,
    };
    fields.end()?;
    Ok(action)
}

fn one_of<T: Copy>(word: &str, words: &[(&str, T)]) -> Read<T> {
    let known = || words.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" or ");
    let found = words.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    found.ok_or_else(|| format!("{word:?} is not {}", known()))
}

fn speech(fields: &mut Fields) -> Read<Speech> {
    let given = [
        fields.text("PromptId")?.map(|prompt| Speech::Prompt(Reference::of(&prompt))),
        fields.text("Text")?.map(Speech::Text),
        fields.text("SSML")?.map(Speech::Ssml),
        fields.any("Media").map(Speech::Media),
    ];
    let mut given = given.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(speech), None) => Ok(speech),
        _ => Err("Parameters must have exactly one of PromptId, Text, SSML and Media".to_owned()),
    }
}

fn lex(fields: &mut Fields) -> Read<LexInput> {
    let said = speech(fields)?;
    let Some(mut bot) = fields.fields("Parameters.LexV2Bot", "LexV2Bot")? else {
        return Err(match fields.any("LexBot") {
            Some(_) => "Parameters.LexBot is Lex V1, which ended on 2025-09-15: use LexV2Bot".to_owned(),
            None => fields.missing("LexV2Bot"),
        });
    };
    let alias = bot.need_reference("AliasArn")?;
    bot.end()?;
    // Spelt so in the API reference.
    let initial_message = match fields.fields("Parameters.LexInitilizationData", "LexInitilizationData")? {
        None => None,
        Some(mut inner) => {
            let message = inner.need_text("InitialMessage")?;
            inner.end()?;
            Some(message)
        }
    };
    let text_timeout = match fields.fields("Parameters.LexTimeoutSeconds", "LexTimeoutSeconds")? {
        None => None,
        Some(mut inner) => {
            let seconds = inner.need_figure("Text")?;
            inner.end()?;
            Some(seconds)
        }
    };
    Ok(LexInput { speech: said, alias, session: fields.texts("LexSessionAttributes")?, initial_message, text_timeout })
}

fn function(fields: &mut Fields) -> Read<Action> {
    let function = fields.need_reference("LambdaFunctionARN")?;
    let limit = fields.need_figure("InvocationTimeLimitSeconds")?;
    let invocation = match fields.text("InvocationType")? {
        None => None,
        Some(word) => Some(one_of(
            &word,
            &[("SYNCHRONOUS", InvocationType::Synchronous), ("ASYNCHRONOUS", InvocationType::Asynchronous)],
        )?),
    };
    let response = match fields.fields("Parameters.ResponseValidation", "ResponseValidation")? {
        None => None,
        Some(mut inner) => {
            let word = inner.need_text("ResponseType")?;
            inner.end()?;
            Some(one_of(&word, &[("STRING_MAP", ResponseType::StringMap), ("JSON", ResponseType::Json)])?)
        }
    };
    let attributes = fields.texts("LambdaInvocationAttributes")?;
    Ok(Action::InvokeLambdaFunction { function, limit, invocation, attributes, response })
}

fn wait(fields: &mut Fields) -> Read<Action> {
    // The developer guide says TimeoutSeconds, the console writes TimeLimitSeconds. We read both and write the console's.
    let limit = match (fields.figure("TimeLimitSeconds")?, fields.figure("TimeoutSeconds")?) {
        (Some(limit), None) | (None, Some(limit)) => limit,
        _ => return Err("Parameters must have TimeLimitSeconds".to_owned()),
    };
    let events = fields.list("Events")?.into_iter().map(|event| match event {
        Value::String(event) => Ok(event),
        _ => Err("Parameters.Events must be texts".to_owned()),
    });
    Ok(Action::Wait { limit, events: events.collect::<Read<_>>()? })
}

fn keys(fields: &mut Fields) -> Read<Action> {
    let said = speech(fields)?;
    let limit = fields.need_figure("InputTimeLimitSeconds")?;
    let store = one_of(&fields.need_text("StoreInput")?, &[("True", true), ("False", false)])?;
    let dtmf = match fields.fields("Parameters.DTMFConfiguration", "DTMFConfiguration")? {
        None => None,
        Some(mut inner) => {
            let dtmf = Dtmf {
                termination: inner.text("InputTerminationSequence")?,
                cancel: inner.text("DisableCancelKey")?,
                interdigit: inner.figure("InterdigitTimeLimitSeconds")?,
            };
            inner.end()?;
            Some(dtmf)
        }
    };
    Ok(Action::GetParticipantInput {
        speech: said,
        limit,
        store,
        dtmf,
        validation: fields.any("InputValidation"),
        encryption: fields.any("InputEncryption"),
    })
}
