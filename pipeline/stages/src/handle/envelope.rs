//! The envelopes in which AWS hands events to a function, read record by record: one record that cannot be read never
//! costs its neighbours, as it does with the types of the crate aws_lambda_events. Shapes: AWS Lambda developer guide, "Using
//! AWS Lambda with Amazon Kinesis", "… DynamoDB", "… SQS".

use aftercall_core::error::{Error, ErrorKind, Reason, Rejected, Result};
use aftercall_core::formats;
use aftercall_schemas::ContactKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "Records", borrow, default)]
    records: Option<Vec<&'a RawValue>>,
}

/// Whether an event is a batch of a queue or stream, for functions that are called in other ways too.
pub fn is_batch(event: &str) -> bool {
    #[derive(Deserialize)]
    struct Batch {
        #[serde(rename = "Records")]
        _records: IgnoredAny,
    }
    serde_json::from_str::<Batch>(event).is_ok()
}

/// The records of an event, as they stand there.
///
/// # Errors
/// An event that is no envelope: the mapping of the function is wrong.
pub fn records(event: &str) -> Result<Vec<&RawValue>> {
    let envelope: Envelope<'_> = serde_json::from_str(event).map_err(|error| {
        Error::new(ErrorKind::Config, "the event has no list of records; is the function's trigger the right one?")
            .because(error)
    })?;
    Ok(envelope.records.unwrap_or_default())
}

fn shape<T: DeserializeOwned>(record: &RawValue) -> std::result::Result<T, Rejected> {
    typed(record.get(), "the record of the event")
}

/// A record of a Kinesis stream.
#[derive(Debug, PartialEq, Eq)]
pub struct KinesisRecord {
    /// Its number in the shard; by it a failure is reported.
    pub sequence_number: String,
    /// Records with the same key are in order.
    pub partition_key: String,
    /// What was put into the stream, or why it cannot be told and what stands in its place.
    pub data: std::result::Result<Vec<u8>, (Rejected, String)>,
}

#[derive(Deserialize)]
struct KinesisShape {
    kinesis: KinesisInner,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KinesisInner {
    sequence_number: String,
    #[serde(default)]
    partition_key: Option<String>,
    #[serde(default)]
    data: Option<String>,
}

/// Reads a record of a Kinesis event.
///
/// # Errors
/// A record without a sequence number: nothing can be reported of it.
pub fn kinesis(record: &RawValue) -> std::result::Result<KinesisRecord, Rejected> {
    let KinesisShape { kinesis: inner } = shape(record)?;
    let text = inner.data.unwrap_or_default();
    let data = STANDARD.decode(text.trim()).map_err(|error| {
        (Rejected::new(Reason::InvalidStructure, format!("the record's data is no base64: {error}")), text)
    });
    Ok(KinesisRecord {
        sequence_number: inner.sequence_number,
        partition_key: inner.partition_key.unwrap_or_default(),
        data,
    })
}

/// A change of an item of a table whose partition key begins with a contact.
#[derive(Debug, PartialEq, Eq)]
pub struct ItemChange {
    /// Its number in the shard; by it a failure is reported.
    pub sequence_number: String,
    /// The contact.
    pub contact: std::result::Result<ContactKey, Rejected>,
}

#[derive(Deserialize)]
struct ChangeShape {
    dynamodb: ChangeInner,
}

#[derive(Deserialize)]
struct ChangeInner {
    #[serde(rename = "SequenceNumber")]
    sequence_number: String,
    #[serde(rename = "Keys")]
    keys: KeysShape,
}

#[derive(Deserialize)]
struct KeysShape {
    pk: StringShape,
}

#[derive(Deserialize)]
struct StringShape {
    #[serde(rename = "S")]
    s: String,
}

/// Reads a record of a DynamoDB stream of the tables `contacts` and `results`.
///
/// # Errors
/// A record without a sequence number or key.
pub fn item_change(record: &RawValue) -> std::result::Result<ItemChange, Rejected> {
    let ChangeShape { dynamodb: inner } = shape(record)?;
    let contact = contact_of(&inner.keys.pk.s);
    Ok(ItemChange { sequence_number: inner.sequence_number, contact })
}

/// The contact of a partition key: `<instance>/<contact>`, with `/` and `%` of the instance escaped.
///
/// # Errors
/// A key that is no contact's.
pub fn contact_of(pk: &str) -> std::result::Result<ContactKey, Rejected> {
    match pk.split_once('/') {
        Some((instance_id, contact_id)) if !contact_id.is_empty() => {
            Ok(ContactKey::new(instance_id.replace("%2F", "/").replace("%25", "%"), contact_id))
        }
        _ => Err(Rejected::new(Reason::InvalidStructure, "the item's key names no contact")),
    }
}

/// A message of a queue.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// By it a failure is reported.
    pub message_id: String,
    /// By it its visibility is changed.
    pub receipt_handle: String,
    /// How often it has come, this time included.
    pub receive_count: u32,
    /// What it says.
    pub body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessageShape {
    message_id: String,
    #[serde(default)]
    receipt_handle: Option<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    attributes: Option<AttributesShape>,
}

#[derive(Default, Deserialize)]
struct AttributesShape {
    #[serde(rename = "ApproximateReceiveCount", default)]
    receive_count: Option<String>,
}

/// Reads a message of an SQS event.
///
/// # Errors
/// A message without an id.
pub fn message(record: &RawValue) -> std::result::Result<Message, Rejected> {
    let read: MessageShape = shape(record)?;
    let receive_count = read.attributes.unwrap_or_default().receive_count;
    Ok(Message {
        message_id: read.message_id,
        receipt_handle: read.receipt_handle.unwrap_or_default(),
        receive_count: receive_count.and_then(|count| count.parse().ok()).unwrap_or(1),
        body: read.body.unwrap_or_default(),
    })
}

/// What an event of EventBridge is about, in the body of a message.
///
/// # Errors
/// A body that is no such event.
pub fn detail<T: DeserializeOwned>(body: &str) -> std::result::Result<T, Rejected> {
    #[derive(Deserialize)]
    struct Event<T> {
        detail: T,
    }
    Ok(typed::<Event<T>>(body, "the message")?.detail)
}

/// Reads a frame of AWS's into its type. Says where a mistake is, never what stands there: it may be what somebody said.
fn typed<T: DeserializeOwned>(text: &str, what: &str) -> std::result::Result<T, Rejected> {
    let wrong = |rejected: Rejected| Rejected::new(Reason::InvalidStructure, rejected.detail);
    formats::json(text, what).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(event: &str) -> Box<RawValue> {
        records(event).expect("an envelope").first().copied().expect("a record").to_owned()
    }

    #[test]
    fn one_bad_base64_costs_one_record() {
        let event = r#"{"Records":[{"kinesis":{"sequenceNumber":"1","partitionKey":"a","data":"%%"}},
            {"kinesis":{"sequenceNumber":"2","data":"aGk=","encryptionType":"NEW"}},{"kinesis":null}]}"#;
        let read: Vec<_> = records(event).expect("an envelope").into_iter().map(kinesis).collect();
        let [bad, good, none] = read.as_slice() else { panic!("{read:?}") };
        assert!(bad.as_ref().expect("it has a number").data.is_err());
        assert_eq!(good.as_ref().expect("it has a number").data, Ok(b"hi".to_vec()));
        assert!(none.is_err());
    }

    #[test]
    fn a_change_names_its_contact() {
        let check = |pk: &str, expected: Option<(&str, &str)>| {
            let event = serde_json::json!({"Records": [{"eventName": "INSERT", "dynamodb":
                {"SequenceNumber": "7", "Keys": {"pk": {"S": pk}, "sk": {"S": "x"}}}}]});
            let change = item_change(&first(&event.to_string())).expect("a change");
            assert_eq!(change.sequence_number, "7");
            assert_eq!(change.contact.ok(), expected.map(|(instance, contact)| ContactKey::new(instance, contact)));
        };
        check("i-1/c-1", Some(("i-1", "c-1")));
        check("i-1/lex:a/b", Some(("i-1", "lex:a/b")));
        check("a%2Fb%25/c#1", Some(("a/b%", "c#1")));
        check("i-1/", None);
        check("x", None);
    }

    #[test]
    fn messages_and_what_they_are_about() {
        let event = r#"{"Records":[{"messageId":"m","receiptHandle":"r","body":"{\"detail\":{\"a\":1}}",
            "attributes":{"ApproximateReceiveCount":"3","SentTimestamp":"1"}},{"body":"x"}]}"#;
        let read = message(&first(event)).expect("a message");
        assert_eq!((read.message_id.as_str(), read.receive_count), ("m", 3));
        assert_eq!(detail::<serde_json::Value>(&read.body).expect("an event"), serde_json::json!({"a": 1}));
        assert!(detail::<serde_json::Value>("[]").is_err());
        let wrong = detail::<u8>(r#"{"detail":"my card is 4111"}"#).expect_err("no number");
        assert_eq!(wrong.reason, Reason::InvalidStructure);
        assert!(wrong.detail.contains("`detail`") && !wrong.detail.contains("4111"), "{wrong}");
        let record = first(r#"{"Records":[{"messageId":"m","receiptHandle":["my card is 4111"]}]}"#);
        let wrong = message(&record).expect_err("no text");
        assert!(wrong.detail.contains("`receiptHandle") && !wrong.detail.contains("4111"), "{wrong}");
        assert!(records("{}").expect("an envelope").is_empty());
        assert!(records("[").is_err());
    }
}
