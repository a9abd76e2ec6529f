//! Makes a revision of a contact that is ready: validates its inputs (what cannot be true is put aside), assembles and
//! redacts the conversation, stores it under its digest, and decides which stages are to run. A digest that the contact
//! has already costs nothing more.

use std::collections::BTreeSet;
use std::time::Duration;

use aftercall_core::assemble::{AssembleSettings, assemble};
use aftercall_core::contact::{ContactState, Next, ReadyRules};
use aftercall_core::delivery::Delivery;
use aftercall_core::error::{Error, ErrorKind, Reason, Rejected, Result};
use aftercall_core::redact::{RedactedConversation, RedactionSettings, redact};
use aftercall_core::{route, validate};
use aftercall_schemas::{ContactKey, RevisionKey, Stage};

use crate::ingest::{MAX_CONFLICTS, too_many_conflicts};
use crate::keys;
use crate::ports::{Clock, Contacts, Inputs, Objects, Quarantine, Written};
use crate::quarantine::{Evidence, QuarantinePorts, put_aside};

/// What routing needs.
#[derive(Clone, Copy)]
pub struct RoutePorts<'a> {
    /// The contacts table.
    pub contacts: &'a dyn Contacts,
    /// The segments table.
    pub inputs: &'a dyn Inputs,
    /// Objects, for the conversation.
    pub objects: &'a dyn Objects,
    /// For inputs that cannot be true.
    pub quarantine: &'a dyn Quarantine,
    /// The time.
    pub clock: &'a dyn Clock,
}

/// How to route.
#[derive(Debug, Clone)]
pub struct RouteSettings {
    /// When a contact is ready.
    pub ready: ReadyRules,
    /// How long an analysis waits for a stage.
    pub stage_deadline: Duration,
    /// How to assemble.
    pub assemble: AssembleSettings,
    /// What to redact.
    pub redaction: RedactionSettings,
    /// Stages that this installation wants besides those that every conversation needs.
    pub optional_stages: BTreeSet<Stage>,
}

/// Why a contact is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Its state changed, or its time came.
    Due,
    /// The batch that delivers its inputs has ended: it waits for nothing more.
    BatchEnded,
}

/// What came of routing.
#[derive(Debug, Default)]
pub struct Routed {
    /// The contact's state now; `None` when there was nothing to route.
    pub state: Option<ContactState>,
    /// Inputs that were put aside: where each came from, and why.
    pub quarantined: Vec<(String, Rejected)>,
}

/// Routes a contact if it is ready. Doing it twice is doing it once.
pub async fn route_contact(
    ports: RoutePorts<'_>,
    contact: &ContactKey,
    settings: &RouteSettings,
    trigger: Trigger,
) -> Result<Routed> {
    let aside = QuarantinePorts { quarantine: ports.quarantine, objects: ports.objects, clock: ports.clock };
    for _ in 0..MAX_CONFLICTS {
        let Some(stored) = ports.contacts.load(contact).await? else { return Ok(Routed::default()) };
        let at = ports.clock.now();
        let before = match trigger {
            Trigger::Due => stored.state.time_passed(at, settings.ready),
            Trigger::BatchEnded => stored.state.batch_ended(at),
        };
        if before.next(at, settings.ready) != Next::Route {
            return Ok(Routed { state: Some(before), quarantined: Vec::new() });
        }
        let mut deliveries = Vec::new();
        let mut quarantined = Vec::new();
        let inputs = ports.inputs.list(contact).await?;
        // Inputs are kept for a time only. A revision of what came after it would take the place of one that knew all.
        let expired = inputs.len() < usize::try_from(before.inputs).unwrap_or(usize::MAX);
        for input in inputs {
            if expired {
                let detail = "the contact's earlier inputs have expired; bring them back together with this one";
                let rejected = Rejected::new(Reason::TooLate, detail).of(contact.clone());
                put_aside(aside, &rejected, &input.origin, Evidence::Bytes(&input.body)).await?;
                quarantined.push((input.origin, rejected));
                continue;
            }
            let delivery: Delivery = serde_json::from_slice(&input.body).map_err(|error| {
                Error::new(ErrorKind::Corrupt, "a stored input cannot be read")
                    .with("contact", contact)
                    .with("origin", &input.origin)
                    .because(error)
            })?;
            match validate::validate(&delivery) {
                Ok(()) => deliveries.push(delivery),
                Err(rejected) => {
                    put_aside(aside, &rejected, &input.origin, Evidence::Bytes(&input.body)).await?;
                    quarantined.push((input.origin, rejected));
                }
            }
        }
        let state = if deliveries.is_empty() {
            before.rejected(at)
        } else {
            let assembled = assemble(contact, &deliveries, &settings.assemble);
            let conversation = redact(assembled.conversation, &assembled.names, &settings.redaction);
            let (key, bytes) = digest(contact, &conversation)?;
            let routing = route::route(&conversation, &settings.optional_stages);
            ports.objects.put(&keys::conversation(contact, &key), &bytes).await?;
            let expected = route::deadlines(&routing, at, settings.stage_deadline);
            let record = conversation.conversation().record.as_ref();
            let disconnected_at = record.and_then(|record| record.disconnect_timestamp);
            ContactState { disconnected_at, ..before.assembled(key, routing.use_cases, expected, at) }
        };
        match ports.contacts.save(contact, &state, stored.version).await? {
            Written::Yes => return Ok(Routed { state: Some(state), quarantined }),
            Written::Conflict => {}
        }
    }
    Err(too_many_conflicts(contact))
}

/// The digest of a redacted conversation, and its bytes as they are stored.
fn digest(contact: &ContactKey, conversation: &RedactedConversation) -> Result<(RevisionKey, Vec<u8>)> {
    let bytes = serde_json::to_vec(conversation).map_err(|error| {
        Error::new(ErrorKind::Corrupt, "a conversation cannot be written as JSON")
            .with("contact", contact)
            .because(error)
    })?;
    Ok((RevisionKey(blake3::hash(&bytes).to_hex()[..32].to_string()), bytes))
}
