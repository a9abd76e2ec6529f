//! What a function counts, as one line of CloudWatch's embedded metric format (EMF): logs become metrics without a call.
//! Format: CloudWatch user guide, "Specification: Embedded metric format".

use serde_json::{Map, Value, json};

/// A line with these metrics: name, unit, and one value or up to a hundred of them. `now_millis` since 1970.
pub fn line(function: &str, values: &[(&str, &str, Value)], now_millis: i64) -> Value {
    let metrics: Vec<_> = values.iter().map(|(name, unit, _)| json!({ "Name": name, "Unit": unit })).collect();
    let mut line = Map::new();
    line.insert(
        "_aws".into(),
        json!({ "Timestamp": now_millis, "CloudWatchMetrics": [
            { "Namespace": "aftercall", "Dimensions": [["Function"], []], "Metrics": metrics },
        ] }),
    );
    line.insert("Function".into(), json!(function));
    for (name, _, value) in values {
        line.insert((*name).to_string(), value.clone());
    }
    Value::Object(line)
}
