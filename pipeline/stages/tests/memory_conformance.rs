//! The ports in memory mean what all adapters mean.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use aftercall_stages::testkit::{Memory, conformance, conformance_erasure};
use pollster::block_on;

#[test]
fn contact_tables() {
    block_on(conformance::contact_tables(&Memory::default()));
}

#[test]
fn results() {
    block_on(conformance::results(&Memory::default()));
}

#[test]
fn recordings() {
    block_on(conformance::recordings(&Memory::default()));
}

#[test]
fn objects() {
    block_on(conformance::objects(&Memory::default()));
}

#[test]
fn quarantine() {
    block_on(conformance::quarantine(&Memory::default()));
}

#[test]
fn leases() {
    block_on(conformance::leases(&Memory::default()));
}

#[test]
fn jobs() {
    block_on(conformance::jobs(&Memory::default()));
}

#[test]
fn spending() {
    block_on(conformance::spending(&Memory::default()));
}

#[test]
fn announce() {
    let memory = Memory::default();
    block_on(conformance::announce(&memory, async || memory.heard()));
}

#[test]
fn erasure() {
    block_on(conformance_erasure::erasure(&Memory::default()));
    let memory = Memory::default();
    block_on(conformance_erasure::kept_elsewhere(&memory, async |contact| memory.keep_elsewhere(contact)));
}
