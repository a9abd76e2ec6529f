//! What a function did, to the log and to the metrics.

use std::collections::BTreeMap;

use aftercall_core::error::Error;
use jiff::Timestamp;
use lambda_runtime::tracing;
use serde_json::{Value, json};

use crate::metrics::line;

/// What happened, in numbers: how often, and how many ms it took.
pub type Numbers = BTreeMap<&'static str, u64>;

/// The metrics of what happened; none where nothing did.
pub fn values(counts: &Numbers, millis: &Numbers) -> Vec<(&'static str, &'static str, Value)> {
    let counted = counts.iter().filter(|(_, count)| **count > 0).map(|(name, count)| match *name {
        // Dollars are what alarms are set in.
        "ModelCostMicroUsd" => ("ModelCostUsd", "None", json!(*count as f64 / 1e6)),
        name => (name, "Count", json!(count)),
    });
    counted.chain(millis.iter().map(|(name, ms)| (*name, "Milliseconds", json!(ms)))).collect()
}

/// Writes them, and what went wrong without changing the answer. The request's own id is in Lambda's log.
pub fn report(function: &str, counts: &Numbers, millis: &Numbers, faults: &[Error]) {
    for fault in faults {
        tracing::warn!(error = %fault, retry = ?fault.retry, "went on without it");
    }
    let said = |numbers: &Numbers| {
        numbers.iter().map(|(name, number)| format!("{name}={number}")).collect::<Vec<_>>().join(" ")
    };
    tracing::info!(function, counts = said(counts), millis = said(millis), "handled");
    let values = values(counts, millis);
    if !values.is_empty() {
        println!("{}", line(function, &values, Timestamp::now().as_millisecond()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_lines_of_the_embedded_format() {
        let counts = [("Turns", 2), ("CacheHits", 0), ("ModelCostMicroUsd", 1_500)].into();
        let millis = [("TurnMillis", 12)].into();
        let expected = json!({
            "_aws": { "Timestamp": 7, "CloudWatchMetrics": [{
                "Namespace": "aftercall", "Dimensions": [["Function"], []],
                "Metrics": [
                    { "Name": "ModelCostUsd", "Unit": "None" }, { "Name": "Turns", "Unit": "Count" },
                    { "Name": "TurnMillis", "Unit": "Milliseconds" },
                ],
            }] },
            "Function": "voice-agent", "ModelCostUsd": 0.0015, "Turns": 2, "TurnMillis": 12,
        });
        assert_eq!(line("voice-agent", &values(&counts, &millis), 7), expected);
        assert!(values(&Numbers::new(), &Numbers::new()).is_empty());
    }
}
