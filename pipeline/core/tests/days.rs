//! Days: the partition is in UTC, `local_date` in the configured zone, also on the days when clocks change.

#![allow(clippy::unwrap_used, missing_docs, reason = "a test that panics has failed")]

use std::collections::BTreeMap;

use aftercall_core::assemble::{AssembleSettings, assemble};
use aftercall_core::formats::{DecodeContext, decode};
use aftercall_core::rows::{Revision, contact, day};
use aftercall_schemas::RevisionKey;
use aftercall_schemas::results::{ANALYSIS_FORMAT, Analysis, AnalysisState};
use jiff::tz::TimeZone;

/// The partition and the local date of a contact that ended at a moment.
fn check(ended: &str, zone: &str, partition: &str, local: &str) {
    let record = format!(
        r#"{{"AWSContactTraceRecordFormatVersion":"2017-03-10","ContactId":"c","InstanceARN":"arn:aws:connect:r:1:instance/i",
            "Channel":"VOICE","InitiationTimestamp":"2026-01-01T00:00:00Z","DisconnectTimestamp":"{ended}"}}"#
    );
    let decoded = decode(record.as_bytes(), &DecodeContext::new("test")).unwrap();
    let key = decoded.deliveries.first().unwrap().contact.clone();
    let conversation = assemble(&key, &decoded.deliveries, &AssembleSettings::default()).conversation;
    let analysis = Analysis {
        format: ANALYSIS_FORMAT.into(),
        contact: key,
        revision_key: RevisionKey("r".into()),
        use_cases: Vec::new(),
        state: AnalysisState::Complete,
        missing: BTreeMap::new(),
        results: BTreeMap::new(),
    };
    let published_at = "2026-12-31T00:00:00Z".parse().unwrap();
    let revision = Revision { conversation: &conversation, analysis: &analysis, number: 1, published_at };
    assert_eq!(day(revision).to_string(), partition, "{ended} in UTC");
    let row = contact(revision, &TimeZone::get(zone).unwrap());
    assert_eq!(row.local_date.unwrap().to_string(), local, "{ended} in {zone}");
}

#[test]
fn days_follow_the_zone() {
    check("2026-03-10T12:00:00Z", "UTC", "2026-03-10", "2026-03-10");
    check("2026-03-10T23:30:00Z", "Asia/Tokyo", "2026-03-10", "2026-03-11");
    check("2026-03-10T03:30:00Z", "America/Toronto", "2026-03-10", "2026-03-09");
}

#[test]
fn days_follow_the_clocks_when_they_change() {
    // Dublin goes to summer time at 01:00 UTC on 29 March 2026 and back at 01:00 UTC on 25 October.
    check("2026-03-28T23:30:00Z", "Europe/Dublin", "2026-03-28", "2026-03-28");
    check("2026-03-29T23:30:00Z", "Europe/Dublin", "2026-03-29", "2026-03-30");
    check("2026-10-24T23:30:00Z", "Europe/Dublin", "2026-10-24", "2026-10-25");
    check("2026-10-25T23:30:00Z", "Europe/Dublin", "2026-10-25", "2026-10-25");
    // Toronto: 8 March and 1 November.
    check("2026-03-08T04:30:00Z", "America/Toronto", "2026-03-08", "2026-03-07");
    check("2026-03-09T04:30:00Z", "America/Toronto", "2026-03-09", "2026-03-09");
    check("2026-11-01T04:30:00Z", "America/Toronto", "2026-11-01", "2026-11-01");
    check("2026-11-02T04:30:00Z", "America/Toronto", "2026-11-02", "2026-11-01");
}
