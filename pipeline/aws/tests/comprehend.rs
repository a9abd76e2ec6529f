//! Comprehend against a stand-in that refuses what BatchDetectSentiment would refuse.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]
#![cfg(all(feature = "comprehend", feature = "bedrock"))]

#[path = "common/stand_in.rs"]
mod stand_in;

use aftercall_aws::comprehend::Comprehend;
use aftercall_aws::config::Deadlines;
use aftercall_core::error::Retry;
use aftercall_schemas::SentimentLabel;
use serde_json::{Value, json};
use stand_in::{Reply, Sent, StandIn};

/// Labels texts by what they say: `bad` and `good`; refuses `broken` always and `flaky` the first time.
fn detect(number: usize, sent: &Sent) -> Reply {
    if sent.header("x-amz-target") != Some("Comprehend_20171127.BatchDetectSentiment") {
        return Reply::refused(400, "UnknownOperationException");
    }
    let texts: Vec<&str> =
        sent.body["TextList"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    if texts.is_empty() || texts.len() > 25 {
        return Reply::refused(400, "BatchSizeLimitExceededException");
    }
    if texts.iter().any(|text| text.is_empty() || text.len() > 5000) {
        return Reply::refused(400, "InvalidRequestException");
    }
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    for (index, text) in texts.iter().enumerate() {
        if text.contains("broken") || (text.contains("flaky") && number == 0) {
            errors.push(json!({ "Index": index, "ErrorCode": "INTERNAL_SERVER_ERROR", "ErrorMessage": "no" }));
            continue;
        }
        let sentiment = if text.contains("bad") { "NEGATIVE" } else { "POSITIVE" };
        let score = json!({ "Positive": 0.1, "Negative": 0.7, "Neutral": 0.1, "Mixed": 0.1 });
        results.push(json!({ "Index": index, "Sentiment": sentiment, "SentimentScore": score }));
    }
    Reply::ok(json!({ "ResultList": results, "ErrorList": errors }))
}

async fn started() -> (StandIn, Comprehend) {
    let stand_in = StandIn::start(detect);
    let comprehend = Comprehend::new(&stand_in.config(&Deadlines::default()).await);
    (stand_in, comprehend)
}

const BAD: Option<SentimentLabel> = Some(SentimentLabel::Negative);
const GOOD: Option<SentimentLabel> = Some(SentimentLabel::Positive);

#[tokio::test]
async fn labels_come_in_the_order_of_their_texts() {
    let (stand_in, comprehend) = started().await;
    let long = "bad ".repeat(3000);
    let labels = comprehend.label(&["good", " ", "bad", "", &long], "en-US").await.unwrap();
    assert_eq!(labels, [GOOD, None, BAD, None, BAD]);
    let sent = stand_in.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].body["LanguageCode"], "en");
    assert_eq!(sent[0].body["TextList"].as_array().unwrap().len(), 3, "empty texts are not sent");
}

#[tokio::test]
async fn a_call_holds_25_texts() {
    let (stand_in, comprehend) = started().await;
    let texts: Vec<String> =
        (0..60).map(|number| if number % 7 == 0 { "bad" } else { "good" }.to_owned() + &number.to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let labels = comprehend.label(&texts, "ja").await.unwrap();
    let expected: Vec<_> = (0..60).map(|number| if number % 7 == 0 { BAD } else { GOOD }).collect();
    assert_eq!(labels, expected);
    let sizes: Vec<usize> =
        stand_in.sent().iter().map(|sent| sent.body["TextList"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [25, 25, 10]);
}

#[tokio::test]
async fn what_was_refused_is_asked_for_once_more() {
    let (stand_in, comprehend) = started().await;
    let labels = comprehend.label(&["good", "broken", "bad flaky", "bad"], "de").await.unwrap();
    assert_eq!(labels, [GOOD, None, BAD, BAD], "what is refused twice has no label");
    let sent = stand_in.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[1].body["TextList"], json!(["broken", "bad flaky"]));
}

#[tokio::test]
async fn a_language_it_does_not_know_has_no_labels() {
    let (stand_in, comprehend) = started().await;
    assert_eq!(comprehend.label(&["goed", "slecht"], "nl-NL").await.unwrap(), [None, None]);
    assert!(stand_in.sent().is_empty());
}

#[tokio::test]
async fn throttling_passes() {
    let stand_in = StandIn::start(|_, _| Reply::refused(400, "ThrottlingException"));
    let comprehend = Comprehend::new(&stand_in.config(&Deadlines::default()).await);
    let error = comprehend.label(&["a phrase nobody may log"], "en").await.unwrap_err();
    assert_eq!(error.retry, Retry::Later);
    assert!(!error.to_string().contains("phrase"), "{error}");
    assert_eq!(stand_in.sent().len(), 3, "the SDK tries a few times");
    assert_ne!(stand_in.sent()[0].body, Value::Null);
}
