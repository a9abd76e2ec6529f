//! A small driver that does to a contact what the machine or AWS would do, over any adapters.

#![allow(clippy::expect_used, reason = "a check that does not hold panics: that is what it is for")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::ingest::{IngestPorts, ingest};
use crate::keys;
use crate::ports::{
    Contacts, Inputs, Leases, MaybeSummarised, Objects, Quarantine, Recordings, Results, Summarised, Summarize,
};
use crate::publish::{PublishPorts, publish};
use crate::route::{RoutePorts, RouteSettings, Trigger, route_contact};
use crate::run_stage::{Lease, StagePorts, StageSettings, load_conversation, run_stage};
use crate::testkit::VirtualClock;
use crate::testkit::sample::contact;
use aftercall_core::assemble::AssembleSettings;
use aftercall_core::contact::{ContactState, Next, ReadyRules};
use aftercall_core::error::Result;
use aftercall_core::formats::DecodeContext;
use aftercall_core::redact::{RedactedConversation, RedactionSettings};
use aftercall_core::rows::{self, Revision};
use aftercall_core::summary;
use aftercall_schemas::results::{AgentSummary, Analysis, CustomerSummary, Processing};
use aftercall_schemas::{ContactKey, Stage};
use async_trait::async_trait;
use serde_json::{Value, json};

/// The extractive model, counting how often it is asked.
#[derive(Debug, Default)]
pub struct Counting {
    /// How often it was asked.
    pub calls: AtomicU32,
}

#[async_trait]
impl Summarize for Counting {
    fn version(&self, _: Stage) -> String {
        "test/1".into()
    }

    fn is_costly(&self) -> bool {
        true
    }

    async fn customer(&self, conversation: &RedactedConversation) -> MaybeSummarised<CustomerSummary> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Ok(Summarised { summary: summary::customer_summary(conversation), processing: Processing::default() })
    }

    async fn agent(&self, conversation: &RedactedConversation) -> MaybeSummarised<AgentSummary> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Ok(Summarised { summary: summary::agent_summary(conversation), processing: Processing::default() })
    }
}

/// Everything that stages need of tables.
pub trait Ports: Contacts + Inputs + Recordings + Results + Quarantine + Leases {}
impl<T: Contacts + Inputs + Recordings + Results + Quarantine + Leases> Ports for T {}

/// Adapters, a clock and a model.
pub struct World<P, O = P> {
    /// The tables.
    pub ports: Arc<P>,
    /// The objects.
    pub objects: Arc<O>,
    /// The clock of all.
    pub clock: Arc<VirtualClock>,
    /// The model, which counts.
    pub model: Arc<Counting>,
}

impl<P: Ports + Objects> World<P> {
    /// Over one adapter for everything.
    pub fn new(ports: Arc<P>) -> Self {
        Self::over(Arc::clone(&ports), ports)
    }
}

impl<P: Ports, O: Objects> World<P, O> {
    /// Over tables and objects.
    pub fn over(ports: Arc<P>, objects: Arc<O>) -> Self {
        Self { ports, objects, clock: Arc::default(), model: Arc::default() }
    }

    /// Takes in one document, as often as it takes.
    pub async fn deliver(&self, document: &[u8]) -> Result<()> {
        let ports = &*self.ports;
        let ports = IngestPorts {
            contacts: ports,
            inputs: ports,
            recordings: ports,
            objects: &*self.objects,
            quarantine: ports,
            clock: &*self.clock,
        };
        ingest(ports, document, &DecodeContext::new("test")).await.map(drop)
    }

    /// Takes the contact as far as it goes.
    pub async fn advance(&self, trigger: Trigger) -> Result<Option<ContactState>> {
        self.advance_one(&contact(), trigger).await
    }

    /// Takes any contact as far as it goes.
    pub async fn advance_one(&self, contact: &ContactKey, trigger: Trigger) -> Result<Option<ContactState>> {
        let ports = &*self.ports;
        let objects = &*self.objects;
        let clock = &*self.clock;
        let settings = RouteSettings {
            ready: ReadyRules::default(),
            stage_deadline: Duration::from_secs(3600),
            assemble: AssembleSettings::default(),
            redaction: RedactionSettings::default(),
            optional_stages: Default::default(),
        };
        let route_ports = RoutePorts { contacts: ports, inputs: ports, objects, quarantine: ports, clock };
        let routed = route_contact(route_ports, contact, &settings, trigger).await?;
        let Some(state) = routed.state else { return Ok(None) };
        let Some(analysis) = &state.analysis else { return Ok(Some(state)) };
        if let Next::Run(stages) = state.next(crate::ports::Clock::now(clock), settings.ready) {
            let conversation = load_conversation(objects, contact, &analysis.key).await?;
            let stage_ports = StagePorts {
                objects,
                results: ports,
                summarize: &*self.model,
                label: None,
                lease: Some(Lease { leases: ports, holder: "test", lifetime: Duration::from_secs(300) }),
                quarantine: Some(ports),
                clock,
            };
            for stage in stages {
                let settings = StageSettings::default();
                run_stage(stage_ports, contact, &analysis.key, stage, &conversation, &settings).await?;
            }
        }
        let published = publish(PublishPorts { contacts: ports, results: ports, objects, clock }, contact).await?;
        Ok(published.map(|published| published.state))
    }

    /// The current rows, without what may differ: the count of revisions and `processing_*`.
    pub async fn current_rows(&self) -> Value {
        self.rows_of(&contact()).await.expect("there is a revision")
    }

    /// The same of any contact that has a revision.
    pub async fn rows_of(&self, contact: &ContactKey) -> Option<Value> {
        let stored = self.ports.load(contact).await.expect("the contact can be read").expect("the contact is there");
        let analysis = stored.state.analysis?;
        let objects = &*self.objects;
        let conversation = load_conversation(objects, contact, &analysis.key).await.expect("the conversation is there");
        let key = keys::analysis(contact, &analysis.key, analysis.revision);
        let bytes = objects.get(&key).await.expect("objects can be read").expect("the analysis is published");
        let published: Analysis = serde_json::from_slice(&bytes).expect("the analysis can be read");
        let revision = Revision {
            conversation: conversation.conversation(),
            analysis: &published,
            number: 0,
            published_at: Default::default(),
        };
        let mut contact =
            serde_json::to_value(rows::contact(revision, &jiff::tz::TimeZone::UTC)).expect("a row is JSON");
        if let Some(columns) = contact.as_object_mut() {
            columns.retain(|name, _| !name.starts_with("processing_"));
        }
        let (turns, summaries) = (rows::turns(revision), rows::summaries(revision));
        Some(json!({ "contact": contact, "turns": turns, "summaries": summaries }))
    }
}
