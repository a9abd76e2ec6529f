//! What a function of the pipeline counts, as metrics.

use aftercall_function::metrics::line;
use aftercall_function::report::{Numbers, values};
use aftercall_stages::handle::Handled;
use serde_json::{Value, json};

/// Values of one metric in a line, which CloudWatch limits.
const MOST_VALUES: usize = 100;

/// The lines of what a function did; none when it did nothing.
pub fn lines(function: &str, handled: &Handled, now_millis: i64) -> Vec<Value> {
    let mut values = values(&handled.counts, &Numbers::new());
    let mut lines = Vec::new();
    let mut times = handled.end_to_published_millis.chunks(MOST_VALUES);
    if let Some(first) = times.next() {
        values.push(("ContactEndToPublishedMillis", "Milliseconds", json!(first)));
    }
    if !values.is_empty() {
        lines.push(line(function, &values, now_millis));
    }
    for more in times {
        lines.push(line(function, &[("ContactEndToPublishedMillis", "Milliseconds", json!(more))], now_millis));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_its_metrics_are() {
        let mut handled = Handled::default();
        assert!(lines("publish", &handled, 1).is_empty());
        handled.count("Published", 2);
        handled.count("Quarantined", 0);
        handled.count("ModelCostMicroUsd", 1500);
        handled.end_to_published_millis = vec![5; 150];
        let written = lines("publish", &handled, 1);
        assert_eq!(written.len(), 2, "no line has more values than CloudWatch reads");
        let metrics = &written[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"];
        assert_eq!(metrics.as_array().map(Vec::len), Some(3), "{metrics}");
        assert_eq!(written[0]["Published"], json!(2));
        assert_eq!(written[0]["ModelCostUsd"], json!(0.0015));
        assert_eq!(written[0]["Quarantined"], Value::Null);
        assert_eq!(written[1]["ContactEndToPublishedMillis"].as_array().map(Vec::len), Some(50));
    }
}
