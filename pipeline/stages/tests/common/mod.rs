//! One contact as its sources tell it, and a small driver that does to it what the machine or AWS would do.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aftercall_core::assemble::AssembleSettings;
use aftercall_core::contact::{ContactState, Next, ReadyRules};
use aftercall_core::error::Result;
use aftercall_core::formats::DecodeContext;
use aftercall_core::redact::{RedactedConversation, RedactionSettings};
use aftercall_core::rows::{self, Revision};
use aftercall_core::summary;
use aftercall_schemas::results::{AgentSummary, Analysis, CustomerSummary, Processing};
use aftercall_schemas::{ContactKey, Stage};
use aftercall_stages::ingest::{IngestPorts, ingest};
use aftercall_stages::keys;
use aftercall_stages::ports::{
    Contacts, Inputs, Leases, Objects, Quarantine, Recordings, Results, Summarised, Summarize,
};
use aftercall_stages::publish::{PublishPorts, publish};
use aftercall_stages::route::{RoutePorts, RouteSettings, Trigger, route_contact};
use aftercall_stages::run_stage::{Lease, StagePorts, StageSettings, load_conversation, run_stage};
use aftercall_stages::testkit::VirtualClock;
use async_trait::async_trait;
use serde_json::{Value, json};

pub const INSTANCE: &str = "11111111-2222-4333-8444-555555555555";
pub const CONTACT: &str = "0a0a0a0a-1111-4222-8333-444444444444";

pub fn contact() -> ContactKey {
    ContactKey::new(INSTANCE, CONTACT)
}

fn voice_file(masked: bool, ivr: bool, turns: &[(&str, &str, i64, i64)]) -> Value {
    let transcript = turns.iter().enumerate().map(|(index, (who, text, begin, end))| {
        json!({
            "Id": format!("{}-{index}", if ivr { "i" } else { "t" }), "ParticipantId": who, "Content": text,
            "BeginOffsetMillis": begin, "EndOffsetMillis": end, "Sentiment": "NEUTRAL",
        })
    });
    let transcript: Vec<_> = transcript.collect();
    let other = if ivr { "SYSTEM" } else { "AGENT" };
    json!({
        "Version": "1.1.0", "AccountId": "111122223333", "Channel": if ivr { "IVR" } else { "VOICE" },
        "ContentMetadata": { "Output": if masked { "Redacted" } else { "Raw" } },
        "JobStatus": "COMPLETED", "LanguageCode": "en-US",
        "CustomerMetadata": { "ContactId": CONTACT, "InstanceId": INSTANCE },
        "Participants": [
            { "ParticipantId": "CUSTOMER", "ParticipantRole": "CUSTOMER" },
            { "ParticipantId": other, "ParticipantRole": other },
        ],
        "Categories": { "MatchedCategories": [], "MatchedDetails": {} },
        "ConversationCharacteristics": { "TotalConversationDurationMillis": 9000 },
        "Transcript": transcript,
    })
}

fn segment(event: &str, segments: Value) -> Value {
    let mut record = json!({
        "Version": "1.0.0", "Channel": "VOICE", "AccountId": "111122223333", "InstanceId": INSTANCE,
        "ContactId": CONTACT, "LanguageCode": "en-US", "EventType": event,
    });
    if !segments.is_null() {
        record["Segments"] = segments;
    }
    record
}

fn record(last_update: &str, after_contact_work: Value) -> Value {
    json!({
        "AWSAccountId": "111122223333", "AWSContactTraceRecordFormatVersion": "2017-03-10", "ContactId": CONTACT,
        "InstanceARN": format!("arn:aws:connect:eu-west-1:111122223333:instance/{INSTANCE}"),
        "Channel": "VOICE", "InitiationMethod": "INBOUND", "InitiationTimestamp": "2026-03-02T10:00:00Z",
        "ConnectedToSystemTimestamp": "2026-03-02T10:00:00Z", "DisconnectTimestamp": "2026-03-02T10:02:00Z",
        "DisconnectReason": "CUSTOMER_DISCONNECT", "LastUpdateTimestamp": last_update,
        "Agent": {
            "ARN": "arn:aws:connect:eu-west-1:111122223333:instance/i/agent/a-1", "Username": "mhale",
            "ConnectedToAgentTimestamp": "2026-03-02T10:01:00Z", "AgentInteractionDuration": 60,
            "AfterContactWorkDuration": after_contact_work, "CustomerHoldDuration": 0,
        },
        "Queue": { "ARN": "arn:q", "Name": "Cards", "Duration": 20, "EnqueueTimestamp": "2026-03-02T10:00:40Z" },
        "CustomerEndpoint": { "Address": "+15550100123", "Type": "TELEPHONE_NUMBER" }, "Attributes": {},
    })
}

/// All that is ever said of the contact: segments, both file twins, three records, a bot leg.
pub fn documents() -> Vec<Vec<u8>> {
    let raw = [
        ("AGENT", "Thanks for calling, this is Mira Hale.", 0, 2000),
        ("CUSTOMER", "My card was swallowed by the machine, my number is 555 0100 123.", 2100, 6000),
        ("AGENT", "I have ordered a new card, it will arrive by Friday.", 6100, 9000),
    ];
    let masked = [
        ("AGENT", "Thanks for calling, this is [PII].", 0, 2000),
        ("CUSTOMER", "My card was swallowed by the machine, my number is [PII].", 2100, 6000),
        ("AGENT", "I have ordered a new card, it will arrive by Friday.", 6100, 9000),
    ];
    let bot = [
        ("SYSTEM", "Welcome, how can I help?", 500, 2500),
        ("CUSTOMER", "I need a new card.", 3000, 4500),
        ("SYSTEM", "I will connect you to an agent.", 5000, 7000),
    ];
    let transcript = |index: usize| {
        let (who, text, begin, end) = raw[index];
        json!([{ "Transcript": {
            "Id": format!("t-{index}"), "ParticipantId": who, "ParticipantRole": who, "Content": text,
            "BeginOffsetMillis": begin, "EndOffsetMillis": end, "Sentiment": "NEUTRAL",
        } }])
    };
    let values = [
        segment("STARTED", Value::Null),
        segment("SEGMENTS", transcript(0)),
        segment("SEGMENTS", transcript(1)),
        segment("SEGMENTS", transcript(2)),
        segment("COMPLETED", Value::Null),
        voice_file(false, false, &raw),
        voice_file(true, false, &masked),
        record("2026-03-02T10:02:05Z", Value::Null),
        record("2026-03-02T10:03:00Z", json!(45)),
        record("2026-03-03T08:00:00Z", json!(45)),
        voice_file(false, true, &bot),
    ];
    values.iter().map(|value| value.to_string().into_bytes()).collect()
}

/// The extractive model, counting how often it is asked.
#[derive(Default)]
pub struct Counting {
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

    async fn customer(&self, conversation: &RedactedConversation) -> Result<Summarised<CustomerSummary>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Ok(Summarised { summary: summary::customer_summary(conversation), processing: Processing::default() })
    }

    async fn agent(&self, conversation: &RedactedConversation) -> Result<Summarised<AgentSummary>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Ok(Summarised { summary: summary::agent_summary(conversation), processing: Processing::default() })
    }
}

/// Everything that stages need, over one adapter.
pub trait Ports: Contacts + Inputs + Recordings + Results + Objects + Quarantine + Leases {}
impl<T: Contacts + Inputs + Recordings + Results + Objects + Quarantine + Leases> Ports for T {}

pub struct World<P> {
    pub ports: Arc<P>,
    pub clock: Arc<VirtualClock>,
    pub model: Arc<Counting>,
}

impl<P: Ports> World<P> {
    pub fn new(ports: Arc<P>) -> Self {
        Self { ports, clock: Arc::default(), model: Arc::default() }
    }

    /// Takes in one document, as often as it takes.
    pub async fn deliver(&self, document: &[u8]) -> Result<()> {
        let ports = &*self.ports;
        let ports = IngestPorts {
            contacts: ports,
            inputs: ports,
            recordings: ports,
            objects: ports,
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
        let clock = &*self.clock;
        let settings = RouteSettings {
            ready: ReadyRules::default(),
            stage_deadline: Duration::from_secs(3600),
            assemble: AssembleSettings::default(),
            redaction: RedactionSettings::default(),
            optional_stages: Default::default(),
        };
        let route_ports = RoutePorts { contacts: ports, inputs: ports, objects: ports, quarantine: ports, clock };
        let routed = route_contact(route_ports, contact, &settings, trigger).await?;
        let Some(state) = routed.state else { return Ok(None) };
        let Some(analysis) = &state.analysis else { return Ok(Some(state)) };
        if let Next::Run(stages) = state.next(aftercall_stages::ports::Clock::now(clock), settings.ready) {
            let conversation = load_conversation(ports, contact, &analysis.key).await?;
            let stage_ports = StagePorts {
                objects: ports,
                results: ports,
                summarize: &*self.model,
                label: None,
                lease: Some(Lease { leases: ports, holder: "test", lifetime: Duration::from_secs(300) }),
                clock,
            };
            for stage in stages {
                let settings = StageSettings::default();
                run_stage(stage_ports, contact, &analysis.key, stage, &conversation, &settings).await?;
            }
        }
        publish(PublishPorts { contacts: ports, results: ports, objects: ports, clock }, contact).await
    }

    /// The current rows, without what may differ: the count of revisions and `processing_*`.
    pub async fn current_rows(&self) -> Value {
        self.rows_of(&contact()).await.expect("there is a revision")
    }

    /// The same of any contact that has a revision.
    pub async fn rows_of(&self, contact: &ContactKey) -> Option<Value> {
        let stored = self.ports.load(contact).await.unwrap().expect("the contact is there");
        let analysis = stored.state.analysis?;
        let conversation = load_conversation(&*self.ports, contact, &analysis.key).await.unwrap();
        let key = keys::analysis(contact, &analysis.key, analysis.revision);
        let bytes = Objects::get(&*self.ports, &key).await.unwrap().expect("the analysis is published");
        let published: Analysis = serde_json::from_slice(&bytes).unwrap();
        let revision = Revision {
            conversation: conversation.conversation(),
            analysis: &published,
            number: 0,
            published_at: Default::default(),
        };
        let mut contact = serde_json::to_value(rows::contact(revision, &jiff::tz::TimeZone::UTC)).unwrap();
        contact.as_object_mut().unwrap().retain(|name, _| !name.starts_with("processing_"));
        let (turns, summaries) = (rows::turns(revision), rows::summaries(revision));
        Some(json!({ "contact": contact, "turns": turns, "summaries": summaries }))
    }
}
