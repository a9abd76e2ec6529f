//! Asking a model again whose answers could not be used: the stage runs at once, and what it finds is published.

use std::sync::atomic::{AtomicU64, Ordering};

use aftercall_core::error::Result;
use aftercall_schemas::events::ContactRouted;
use aftercall_stages::invalid_answer::{AskAgainPorts, RunAgain};
use aftercall_stages::publish::publish;
use aftercall_stages::run_stage::load_conversation;
use async_trait::async_trait;

use crate::driver::Machine;

/// Runs stages again.
pub struct Again<'a> {
    machine: &'a Machine<'a>,
    published: AtomicU64,
}

impl<'a> Again<'a> {
    /// On this machine.
    pub fn new(machine: &'a Machine<'a>) -> Self {
        Self { machine, published: AtomicU64::new(0) }
    }

    /// What asking again needs.
    pub fn ports(&self) -> AskAgainPorts<'_> {
        AskAgainPorts { contacts: self.machine.store, results: self.machine.store, run: self }
    }

    /// Revisions that were published of it so far.
    pub fn published(&self) -> u64 {
        self.published.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl RunAgain for Again<'_> {
    async fn run_again(&self, call: &ContactRouted) -> Result<()> {
        let machine = self.machine;
        let conversation = load_conversation(&machine.objects, &call.contact, &call.revision_key).await?;
        for stage in &call.stages {
            machine.run_one(&call.contact, &call.revision_key, *stage, &conversation)?;
        }
        let published = publish(machine.publish_ports(), &call.contact).await?;
        self.published.fetch_add(u64::from(published.is_some_and(|published| published.just_now)), Ordering::Relaxed);
        Ok(())
    }
}
