//! The functions' handlers over the ports in memory, and the events that AWS would wake them with.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aftercall_core::assemble::AssembleSettings;
use aftercall_core::contact::{Phase, ReadyRules};
use aftercall_core::error::Result;
use aftercall_core::formats::DecodeContext;
use aftercall_core::redact::RedactionSettings;
use aftercall_schemas::Stage;
use aftercall_schemas::events::{ContactFlagged, ContactRouted, Insight};
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_stages::archive::Archive;
use aftercall_stages::handle::advance::{AdvancePorts, wake_all};
use aftercall_stages::handle::again::HideMessage;
use aftercall_stages::handle::publish::publish_batch;
use aftercall_stages::handle::records::take_batch;
use aftercall_stages::handle::redrive::{DeadLetters, RedrivePorts, Redriven, Request, redrive};
use aftercall_stages::handle::routing::route_batch;
use aftercall_stages::handle::stages::{StageBatchPorts, run_batch};
use aftercall_stages::handle::{Deadline, Handled};
use aftercall_stages::ingest::IngestPorts;
use aftercall_stages::ports::{Announce, Contacts, Quarantine, Summarize};
use aftercall_stages::quarantine::QuarantinePorts;
use aftercall_stages::route::RouteSettings;
use aftercall_stages::run_stage::{StagePorts, StageSettings};
use aftercall_stages::testkit::sample::{contact, documents};
use aftercall_stages::testkit::world::Counting;
use aftercall_stages::testkit::{Memory, VirtualClock};
use async_trait::async_trait;
use base64::Engine;
use pollster::block_on;
use serde_json::{Value, json};

pub const ALL: [Stage; 7] = [
    Stage::Measures,
    Stage::Sentiment,
    Stage::FirstResponse,
    Stage::CustomerSummary,
    Stage::AgentSummary,
    Stage::Categories,
    Stage::Entities,
];

/// Hears what is announced, and what is hidden in the queue.
#[derive(Default)]
pub struct Listener {
    pub routed: Mutex<Vec<ContactRouted>>,
    pub insights: Mutex<Vec<Insight>>,
    pub flagged: Mutex<Vec<ContactFlagged>>,
    pub hidden: Mutex<Vec<(String, Duration)>>,
}

#[async_trait]
impl Announce for Listener {
    async fn routed(&self, messages: &[ContactRouted]) -> Result<()> {
        self.routed.lock().unwrap().extend_from_slice(messages);
        Ok(())
    }

    async fn insights(&self, insights: &[Insight]) -> Result<()> {
        self.insights.lock().unwrap().extend_from_slice(insights);
        Ok(())
    }

    async fn flagged(&self, messages: &[ContactFlagged]) -> Result<()> {
        self.flagged.lock().unwrap().extend_from_slice(messages);
        Ok(())
    }
}

#[async_trait]
impl HideMessage for Listener {
    async fn hide(&self, receipt_handle: &str, wait: Duration) -> Result<()> {
        self.hidden.lock().unwrap().push((receipt_handle.to_string(), wait));
        Ok(())
    }
}

#[async_trait]
impl DeadLetters for Listener {
    async fn send_again(&self, _: &str, limit: usize) -> Result<u64> {
        Ok(limit as u64)
    }
}

pub struct Aws {
    pub memory: Arc<Memory>,
    pub clock: VirtualClock,
    pub heard: Listener,
    pub model: Box<dyn Summarize>,
    /// What each call has left.
    pub left: Duration,
    pub archive: Archive,
}

impl Aws {
    pub fn new() -> Self {
        Self {
            memory: Arc::default(),
            clock: VirtualClock::default(),
            heard: Listener::default(),
            model: Box::new(Counting::default()),
            left: Duration::from_secs(60),
            archive: Archive::Off,
        }
    }

    pub fn settings() -> RouteSettings {
        RouteSettings {
            ready: ReadyRules::default(),
            stage_deadline: Duration::from_secs(3600),
            assemble: AssembleSettings::default(),
            redaction: RedactionSettings::default(),
            optional_stages: Default::default(),
        }
    }

    pub fn deadline(&self) -> Deadline<'_> {
        Deadline::after(&self.clock, self.left)
    }

    pub fn ingest(&self) -> IngestPorts<'_> {
        let memory = &*self.memory;
        IngestPorts {
            contacts: memory,
            inputs: memory,
            recordings: memory,
            objects: memory,
            quarantine: memory,
            clock: &self.clock,
        }
    }

    pub fn advance(&self) -> AdvancePorts<'_> {
        let memory = &*self.memory;
        AdvancePorts {
            contacts: memory,
            inputs: memory,
            results: memory,
            objects: memory,
            quarantine: memory,
            announce: &self.heard,
            clock: &self.clock,
        }
    }

    pub fn take(&self, event: &Value) -> Handled {
        block_on(take_batch(
            self.ingest(),
            self.archive,
            &DecodeContext::new("stream"),
            self.deadline(),
            &event.to_string(),
        ))
        .unwrap()
    }

    /// Takes in all that is ever said of the sample contact, with all the time there is.
    pub fn take_all(&self) {
        let event = kinesis(&documents()).to_string();
        let deadline = Deadline::never(&self.clock);
        block_on(take_batch(self.ingest(), self.archive, &DecodeContext::new("stream"), deadline, &event)).unwrap();
    }

    pub fn route(&self) -> Handled {
        let event = changes(&[&contact().to_string()]);
        block_on(route_batch(self.advance(), &Self::settings(), self.deadline(), &event.to_string())).unwrap()
    }

    /// Runs stages on every message that has been announced, and forgets the messages.
    pub fn run(&self, stages: &[Stage]) -> Handled {
        let messages: Vec<_> = std::mem::take(&mut *self.heard.routed.lock().unwrap());
        let bodies: Vec<_> = messages.iter().map(|message| json!({ "detail": message }).to_string()).collect();
        self.run_bodies(stages, &bodies)
    }

    pub fn run_bodies(&self, stages: &[Stage], bodies: &[String]) -> Handled {
        self.run_with(&StageSettings::default(), stages, bodies)
    }

    pub fn run_with(&self, settings: &StageSettings, stages: &[Stage], bodies: &[String]) -> Handled {
        let memory = &*self.memory;
        let ports = StageBatchPorts {
            stage: StagePorts {
                objects: memory,
                results: memory,
                summarize: &*self.model,
                label: None,
                lease: None,
                quarantine: Some(memory),
                clock: &self.clock,
            },
            announce: &self.heard,
            erased: memory,
            aside: QuarantinePorts { quarantine: memory, objects: memory, clock: &self.clock },
            queue: &self.heard,
        };
        block_on(run_batch(ports, settings, stages, self.deadline(), &queue(bodies).to_string())).unwrap()
    }

    pub fn publish(&self) -> Handled {
        let event = changes(&[&contact().to_string(), &contact().to_string()]);
        block_on(publish_batch(self.advance().publish(), &self.heard, self.deadline(), &event.to_string())).unwrap()
    }

    pub fn reconcile(&self) -> Handled {
        block_on(wake_all(self.advance(), &*self.memory, &Self::settings(), self.deadline(), 1000)).unwrap()
    }

    pub fn redrive(&self, request: Value) -> Redriven {
        let deadline = self.deadline();
        let ports = RedrivePorts {
            ingest: self.ingest(),
            archive: self.archive,
            advance: self.advance(),
            dead_letters: &self.heard,
            deadline,
        };
        let request: Request = serde_json::from_value(request).unwrap();
        block_on(redrive(ports, &DecodeContext::new("redrive"), &Self::settings(), &request)).unwrap()
    }

    pub fn quarantined(&self) -> Vec<QuarantineEntry> {
        block_on(Quarantine::list(&*self.memory)).unwrap()
    }

    pub fn phase(&self) -> Phase {
        block_on(self.memory.load(&contact())).unwrap().expect("the contact is there").state.phase()
    }
}

pub fn kinesis(documents: &[Vec<u8>]) -> Value {
    let record = |(index, document): (usize, &Vec<u8>)| {
        let data = base64::engine::general_purpose::STANDARD.encode(document);
        json!({"eventID": format!("shard:{index}"), "kinesis": {"sequenceNumber": index.to_string(),
            "partitionKey": (index % 3).to_string(), "data": data, "approximateArrivalTimestamp": 1.5}})
    };
    json!({"Records": documents.iter().enumerate().map(record).collect::<Vec<_>>()})
}

pub fn changes(keys: &[&str]) -> Value {
    let record = |(index, key): (usize, &&str)| json!({"eventName": "MODIFY", "dynamodb": {"SequenceNumber": index.to_string(), "Keys": {"pk": {"S": key}}}});
    json!({"Records": keys.iter().enumerate().map(record).collect::<Vec<_>>()})
}

pub fn queue(bodies: &[String]) -> Value {
    let record = |(index, body): (usize, &String)| {
        json!({"messageId": format!("m{index}"), "receiptHandle": format!("r{index}"), "body": body,
            "attributes": {"ApproximateReceiveCount": "1"}})
    };
    json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>()})
}
