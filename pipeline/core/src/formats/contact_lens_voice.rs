//! Contact Lens post-contact file of a call: `Analysis/Voice/…` and, for automated calls, `Analysis/Voice/ivr/…`.
//!
//! Shape: Amazon Connect admin guide, "Example Contact Lens output files for a call". Offsets are milliseconds from the
//! moment the agent was connected (`ConnectedToAgentTimestamp`, which is also the time in the object's name), in IVR
//! files from the start of the contact. Turns carry a `ParticipantId` only; the role stands in `Participants`, and the
//! id of a call is the role's word. The documented sample has no `CustomerMetadata`: then the key names the contact.

use std::collections::BTreeMap;

use aftercall_schemas::ParticipantRole;
use aftercall_schemas::conversation::RoleSource;
use serde::Deserialize;

use super::cast::Cast;
use super::contact_lens::{Categories, Characteristics, ContentMetadata, CustomerMetadata, Marked, Participant, marks};
use super::{DecodeContext, identity, lenient, read, words};
use crate::delivery::{Body, Delivery, Leg, LegKind, LegTurn, SourceKind, Zero};
use crate::error::{Reason, Rejected};
use crate::roles::{self, Classified};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Document {
    #[serde(deserialize_with = "lenient::text")]
    channel: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    language_code: Option<String>,
    #[serde(deserialize_with = "lenient::object")]
    content_metadata: ContentMetadata,
    #[serde(deserialize_with = "lenient::object")]
    customer_metadata: CustomerMetadata,
    #[serde(deserialize_with = "lenient::list")]
    participants: Vec<Participant>,
    #[serde(deserialize_with = "lenient::object")]
    categories: Categories,
    #[serde(deserialize_with = "lenient::object")]
    conversation_characteristics: Characteristics,
    #[serde(deserialize_with = "lenient::list")]
    transcript: Vec<Turn>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Turn {
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    participant_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    participant_role: Option<String>,
    #[serde(deserialize_with = "lenient::content")]
    content: Option<String>,
    #[serde(deserialize_with = "lenient::int")]
    begin_offset_millis: Option<i64>,
    #[serde(deserialize_with = "lenient::int")]
    end_offset_millis: Option<i64>,
    #[serde(deserialize_with = "lenient::text")]
    sentiment: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    language_code: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    issues_detected: Vec<Marked>,
    #[serde(deserialize_with = "lenient::list")]
    outcomes_detected: Vec<Marked>,
    #[serde(deserialize_with = "lenient::list")]
    action_items_detected: Vec<Marked>,
}

pub(super) fn decode(text: &str, ctx: &DecodeContext) -> Result<Delivery, Rejected> {
    let document: Document = read::json(text, "contact-lens-voice")?;
    let key = identity::of_key(&ctx.origin);
    let contact_id = contact_id(&document.customer_metadata, key.as_ref(), ctx, "contact-lens-voice")?;
    let masked = document.content_metadata.is_redacted() || key.as_ref().is_some_and(|key| key.redacted);

    let role_words: BTreeMap<&str, &str> = document
        .participants
        .iter()
        .filter_map(|participant| {
            Some((participant.participant_id.as_deref()?, participant.participant_role.as_deref()?))
        })
        .collect();
    let ivr = is_ivr(&document, key.as_ref(), &role_words);
    let automatic = if ivr { ParticipantRole::Bot } else { ParticipantRole::System };

    let mut cast = Cast::default();
    let turns = document
        .transcript
        .into_iter()
        .map(|turn| {
            let id = turn.participant_id.as_deref();
            let word = turn.participant_role.as_deref().or_else(|| role_words.get(id?).copied()).or(id);
            let participant = enter(&mut cast, id, word, ivr, ctx);
            leg_turn(turn, participant, masked)
        })
        .collect();
    for participant in &document.participants {
        let word = participant.participant_role.as_deref().or(participant.participant_id.as_deref());
        enter(&mut cast, participant.participant_id.as_deref(), word, ivr, ctx);
    }

    let zero = match (ivr, key.and_then(|key| key.connected_to_agent)) {
        (true, _) => Zero::Initiation,
        (false, Some(time)) => Zero::At(time),
        (false, None) => Zero::ConnectedToAgent,
    };
    let leg = Leg {
        language: words::language(document.language_code),
        zero,
        recordings: document
            .customer_metadata
            .input_s3_uri
            .iter()
            .flat_map(|uri| identity::recording_names(uri))
            .collect(),
        participants: cast.into_participants(),
        turns,
        service: document.conversation_characteristics.analysis(&document.categories, automatic),
        ..Leg::empty(
            if ivr { LegKind::Bot } else { LegKind::Agent },
            words::channel(document.channel.as_deref().or(Some("VOICE"))),
        )
    };
    Ok(Delivery {
        contact: ctx.contact(document.customer_metadata.instance_id.as_deref(), contact_id),
        source: SourceKind::ContactLensPostCall,
        masked,
        ends: true,
        body: Body::Leg(Box::new(leg)),
    })
}

/// The contact of a post-contact file: what it says itself, else the sidecar, else its key.
pub(super) fn contact_id(
    metadata: &CustomerMetadata,
    key: Option<&identity::KeyFacts>,
    ctx: &DecodeContext,
    format: &str,
) -> Result<String, Rejected> {
    let sidecar = || ctx.sidecar.as_ref().and_then(|sidecar| sidecar.contact_id.clone());
    let of_key = || key.map(|key| key.contact_id.clone());
    metadata.contact_id.clone().or_else(sidecar).or_else(of_key).ok_or_else(|| {
        let detail = format!(
            "{format}: no `CustomerMetadata.ContactId`, and the name of the file is not `<contact id>_analysis_….json`"
        );
        Rejected::new(Reason::MissingContactId, detail)
    })
}

/// An automated call: it says so, lies in the folder `ivr`, or has a system and no agent.
fn is_ivr(document: &Document, key: Option<&identity::KeyFacts>, role_words: &BTreeMap<&str, &str>) -> bool {
    if document.channel.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("IVR")) {
        return true;
    }
    let by_turn = document
        .transcript
        .iter()
        .filter_map(|turn| turn.participant_role.as_deref().or(turn.participant_id.as_deref()));
    let words: std::collections::BTreeSet<&str> =
        if role_words.is_empty() { by_turn.collect() } else { role_words.values().copied().collect() };
    let speaks = |role| words.iter().any(|word| roles::from_word(word) == Some(role));
    key.is_some_and(|key| key.ivr) || (speaks(ParticipantRole::System) && !speaks(ParticipantRole::Agent))
}

/// In an automated call the system is the one the customer talks with: a bot.
fn enter(cast: &mut Cast, id: Option<&str>, word: Option<&str>, ivr: bool, ctx: &DecodeContext) -> u32 {
    let mut classified = roles::classify(word, None, &ctx.speakers);
    if ivr && classified.role == ParticipantRole::System {
        classified = Classified {
            role: ParticipantRole::Bot,
            source: RoleSource::Service,
            source_role: word.map(str::to_owned),
        };
    }
    cast.enter(id.or(word).unwrap_or("UNKNOWN"), &classified, None)
}

fn leg_turn(turn: Turn, participant: u32, masked: bool) -> LegTurn {
    let content = turn.content.unwrap_or_default();
    LegTurn {
        turn_id: turn.id,
        participant,
        marks: marks(&content, &turn.issues_detected, &turn.outcomes_detected, &turn.action_items_detected),
        redactions: if masked { words::masks(&content) } else { Vec::new() },
        content,
        begin_offset_millis: turn.begin_offset_millis,
        end_offset_millis: turn.end_offset_millis,
        time: None,
        partial: false,
        sentiment: words::sentiment(turn.sentiment.as_deref()),
        language: words::language(turn.language_code),
    }
}
