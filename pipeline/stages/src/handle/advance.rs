//! Takes a contact one step further: routes it if it is ready, calls its stages, publishes it if it is finished. What is
//! due is concluded from the state, so a call that was lost or comes twice does no harm. The function `routing` does this
//! for contacts that have changed, `reconcile` for those whose time has come.

use aftercall_core::contact::{AnalysisProgress, ContactState, Next, Status};
use aftercall_core::error::Result;
use aftercall_schemas::events::{AnalysisPublished, ContactFlagged, ContactRouted, Insight};
use aftercall_schemas::results::AnalysisState;
use aftercall_schemas::{ContactKey, Stage};
use jiff::Timestamp;

use super::batch::Handled;
use super::deadline::Deadline;
use crate::keys;
use crate::ports::{Announce, Clock, Contacts, Inputs, Objects, OpenContacts, Quarantine, Results};
use crate::publish::{PublishPorts, Published, publish};
use crate::route::{RoutePorts, RouteSettings, Trigger, route_contact};

/// What taking a contact further needs.
#[derive(Clone, Copy)]
pub struct AdvancePorts<'a> {
    /// The contacts table.
    pub contacts: &'a dyn Contacts,
    /// The segments table.
    pub inputs: &'a dyn Inputs,
    /// The results table.
    pub results: &'a dyn Results,
    /// Objects.
    pub objects: &'a dyn Objects,
    /// For inputs that cannot be true.
    pub quarantine: &'a dyn Quarantine,
    /// Calls the stages, tells consumers.
    pub announce: &'a dyn Announce,
    /// The time.
    pub clock: &'a dyn Clock,
}

impl<'a> AdvancePorts<'a> {
    /// What publishing needs.
    pub fn publish(&self) -> PublishPorts<'a> {
        PublishPorts { contacts: self.contacts, results: self.results, objects: self.objects, clock: self.clock }
    }

    fn route(&self) -> RoutePorts<'a> {
        RoutePorts {
            contacts: self.contacts,
            inputs: self.inputs,
            objects: self.objects,
            quarantine: self.quarantine,
            clock: self.clock,
        }
    }
}

/// Takes a contact further, after a change of its state.
pub async fn advance(
    ports: AdvancePorts<'_>,
    settings: &RouteSettings,
    contact: &ContactKey,
    handled: &mut Handled,
) -> Result<()> {
    let routed = route_contact(ports.route(), contact, settings, Trigger::Due).await?;
    handled.count("Quarantined", routed.quarantined.len() as u64);
    let Some(state) = routed.state else { return Ok(()) };
    match state.next(ports.clock.now(), settings.ready) {
        Next::Run(stages) => {
            call_stages(ports, contact, &state, stages).await?;
            handled.count("Routed", 1);
            Ok(())
        }
        Next::Publish => publish_and_tell(ports.publish(), ports.announce, contact, handled).await,
        Next::Route | Next::Wait(_) | Next::Rest => Ok(()),
    }
}

/// Takes a contact further whose time has come: like [`advance`], but results that are there count first, and a call of
/// its stages that may have been lost is made again.
pub async fn wake(
    ports: AdvancePorts<'_>,
    settings: &RouteSettings,
    contact: &ContactKey,
    handled: &mut Handled,
) -> Result<()> {
    publish_and_tell(ports.publish(), ports.announce, contact, handled).await?;
    advance(ports, settings, contact, handled).await?;
    let Some(stored) = ports.contacts.load(contact).await? else { return Ok(()) };
    let at = ports.clock.now();
    let due = stored.state.wake_at(settings.ready).is_some_and(|wake_at| wake_at <= at);
    if due && matches!(stored.state.next(at, settings.ready), Next::Run(_)) {
        // Whoever writes first has called; a conflict means that the contact has changed and is looked at anyhow.
        ports.contacts.save(contact, &stored.state.announced(at), stored.version).await?;
    }
    Ok(())
}

/// Looks at every contact whose time has come, `limit` at the most, and says how many that were. Those for which there is no
/// time are still due when it is called again.
pub async fn wake_all(
    ports: AdvancePorts<'_>,
    open: &dyn OpenContacts,
    settings: &RouteSettings,
    deadline: Deadline<'_>,
    limit: usize,
) -> Result<Handled> {
    const PAGE: usize = 200;
    let mut handled = Handled::default();
    let due_by = ports.clock.now();
    let mut after: Option<ContactKey> = None;
    let mut left = limit;
    while left > 0 {
        let page = open.open(due_by, after.as_ref(), PAGE.min(left)).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        left = left.saturating_sub(page.len());
        for contact in &page {
            if !deadline.has_time() {
                handled.count("OutOfTime", 1);
                return Ok(handled);
            }
            handled.count("Woken", 1);
            // One contact that cannot be taken further must not keep the others waiting; it stays open and comes again.
            if let Err(error) = wake(ports, settings, contact, &mut handled).await {
                handled.count("Failed", 1);
                handled.errors.push(error.with("contact", contact));
            }
        }
    }
    Ok(handled)
}

async fn call_stages(
    ports: AdvancePorts<'_>,
    contact: &ContactKey,
    state: &ContactState,
    stages: Vec<Stage>,
) -> Result<()> {
    let Some(analysis) = &state.analysis else { return Ok(()) };
    let message = ContactRouted {
        contact: contact.clone(),
        revision_key: analysis.key.clone(),
        use_cases: analysis.use_cases.clone(),
        stages,
        conversation_key: keys::conversation(contact, &analysis.key),
    };
    ports.announce.routed(&[message]).await
}

/// Publishes a contact's newest revision if it is finished, and tells consumers. They may hear of it more than once.
pub async fn publish_and_tell(
    ports: PublishPorts<'_>,
    announce: &dyn Announce,
    contact: &ContactKey,
    handled: &mut Handled,
) -> Result<()> {
    let Some(Published { state, just_now, categories }) = publish(ports, contact).await? else { return Ok(()) };
    let Some(AnalysisProgress { revision, key, status: Status::Finished { missing, published_at: Some(at) }, .. }) =
        &state.analysis
    else {
        return Ok(());
    };
    let analysis_state = match (&state.moved_to, missing.is_empty()) {
        (Some(_), _) => AnalysisState::Moved,
        (None, true) => AnalysisState::Complete,
        (None, false) => AnalysisState::Partial,
    };
    let insight = Insight::AnalysisPublished(AnalysisPublished {
        contact: contact.clone(),
        revision_key: key.clone(),
        revision: i64::from(*revision),
        state: analysis_state,
        analysis_key: keys::analysis(contact, key, *revision),
    });
    announce.insights(&[insight]).await?;
    if !categories.is_empty() {
        let flagged = ContactFlagged { contact: contact.clone(), revision_key: key.clone(), categories };
        announce.flagged(&[flagged]).await?;
    }
    handled.count("Published", 1);
    if just_now {
        let took = at.as_millisecond().saturating_sub(end(&state, *revision).as_millisecond());
        handled.end_to_published_millis.push(took.max(0));
    }
    Ok(())
}

/// From when on somebody waits for a revision. For the first one it is the end of the contact, as its record says; where no
/// record came, and for a revision that a later input makes, it is the arrival of the last input.
fn end(state: &ContactState, revision: u32) -> Timestamp {
    match state.disconnected_at {
        Some(disconnected_at) if revision == 1 => disconnected_at,
        _ => state.last_input_at,
    }
}
