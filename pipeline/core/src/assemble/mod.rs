//! From everything that is known of a contact to one conversation.
//!
//! Pure, never fails, and independent of the order of the deliveries and of repetitions: the same set gives the same
//! conversation. `legs` chooses the text of each leg, `facts` merges records and events, `timeline` puts the legs on one
//! timeline, `cast` settles who speaks, `tongues` in which language. Formats are not known here, only [`Delivery`]s.

mod cast;
mod facts;
mod legs;
mod timeline;
mod tongues;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use aftercall_schemas::conversation::FORMAT;
use aftercall_schemas::{Channel, ContactKey, Conversation};

use crate::delivery::{Body, Delivery};
use crate::roles::{self, Correction};
use crate::text::markup::without_markup;

/// What settings and people say of a contact besides its deliveries.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AssembleSettings {
    /// Corrections of this contact's roles, applied in this order, before those that are among its deliveries.
    pub corrections: Vec<Correction>,
}

/// A contact's conversation, and what came to light beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Assembled {
    /// The conversation. Without text it has no turns.
    pub conversation: Conversation,
    /// Names of persons that the sources name, sorted: to redact, never to pass on.
    pub names: Vec<String>,
    /// What had to be guessed or left out, for `aftercall trace`. Never what was said.
    pub notes: Vec<String>,
}

/// Puts a contact together. Deliveries of other contacts do not belong here; they are taken as this contact's.
pub fn assemble(key: &ContactKey, deliveries: &[Delivery], settings: &AssembleSettings) -> Assembled {
    let mut notes = Vec::new();
    let chosen = legs::choose(deliveries, &mut notes);
    let record = facts::merge(deliveries, &chosen);
    let placed = timeline::place(chosen, record.as_ref(), &mut notes);
    let mut conversation = Conversation {
        format: FORMAT.to_owned(),
        instance_id: key.instance_id.clone(),
        contact_id: key.contact_id.clone(),
        channel: channel(placed.channel, deliveries),
        language: placed.language,
        language_confidence: None,
        sources: placed.sources,
        alignment: placed.alignment,
        start_timestamp: placed.start,
        participants: placed.participants,
        turns: placed.turns,
        record,
        service: placed.service,
    };
    read_markup(&mut conversation);
    cast::settle(&mut conversation);
    tongues::detect(&mut conversation);
    cast::correct(&mut conversation, &corrections(deliveries, settings), &mut notes);
    Assembled { conversation, names: names(deliveries), notes }
}

/// Web chats deliver HTML. What the service says of places in such a turn counts characters of the markup, and goes with it.
fn read_markup(conversation: &mut Conversation) {
    if conversation.channel == Channel::Voice {
        return;
    }
    for turn in &mut conversation.turns {
        // A turn of nothing but a picture stays as it came.
        if let Cow::Owned(text) = without_markup(&turn.content)
            && !text.is_empty()
        {
            turn.content = text;
            turn.marks.clear();
            turn.redactions.clear();
        }
    }
}

/// All corrections, in the order in which they are applied. The same correction delivered twice is one.
fn corrections(deliveries: &[Delivery], settings: &AssembleSettings) -> Vec<Correction> {
    let mut numbered = BTreeMap::new();
    for delivery in deliveries {
        if let Body::Correction(correction) = &delivery.body {
            numbered.insert(correction.number, correction.correction.clone());
        }
    }
    settings.corrections.iter().cloned().chain(numbered.into_values()).collect()
}

/// The chosen text's channel, else the record's, else an event's.
fn channel(of_text: Channel, deliveries: &[Delivery]) -> Channel {
    if of_text != Channel::Unknown {
        return of_text;
    }
    let said = deliveries.iter().map(|delivery| match &delivery.body {
        Body::Leg(leg) => (delivery.source, leg.channel),
        Body::Record(record) => (delivery.source, record.channel),
        Body::Correction(_) => (delivery.source, Channel::Unknown),
    });
    said.filter(|(_, channel)| *channel != Channel::Unknown).min().map_or(Channel::Unknown, |(_, channel)| channel)
}

fn names(deliveries: &[Delivery]) -> Vec<String> {
    let mut names = BTreeSet::new();
    for delivery in deliveries {
        match &delivery.body {
            Body::Leg(leg) => names.extend(leg.participants.iter().filter_map(|who| who.display_name.as_deref())),
            Body::Record(record) => names.extend(record.names.iter().map(String::as_str)),
            Body::Correction(_) => {}
        }
    }
    names.into_iter().filter(|name| roles::is_personal_name(name)).map(str::to_owned).collect()
}
