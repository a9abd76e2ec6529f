//! What is kept of a contact outside of tables and its own objects, because somebody gave up on it: messages in dead letter
//! queues, and batches of streams that AWS leaves in the raw bucket. An erasure looks for the contact's and takes them out;
//! what is beside them stays. It must not bring anything back: that is `handle::redrive`.

use std::io::{Read, Write};

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::formats::identity::of_key;
use aftercall_schemas::ContactKey;
use aftercall_schemas::events::ContactRouted;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::handle::envelope::{contact_of, detail};
use crate::handle::redrive::ABANDONED;
use crate::ports::Objects;

/// Ids that are as long as this are not found in a text by chance; shorter ones have to stand there as a JSON string.
const LONG_ID: usize = 16;
/// Longest record that is inflated, bytes. Kinesis takes 1 MiB; CloudWatch Logs' are some times as long inflated.
const LONGEST_RECORD: u64 = 64 << 20;

/// A message that was taken from a box, and is hidden from others for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// By it the message is removed or put back; of this one taking.
    pub receipt: String,
    /// What it says.
    pub body: String,
}

/// Dead letter queues, by the functions that they belong to. On one machine there are none.
#[async_trait]
pub trait LetterBoxes: Send + Sync {
    /// The names of all boxes.
    fn names(&self) -> Vec<String>;

    /// Takes messages that were not taken before; none when all have been.
    async fn take(&self, name: &str) -> Result<Vec<Letter>>;

    /// Removes a message.
    async fn remove(&self, name: &str, letter: &Letter) -> Result<()>;

    /// Lets others see a message again.
    async fn put_back(&self, name: &str, letter: &Letter) -> Result<()>;
}

/// No boxes.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLetterBoxes;

#[async_trait]
impl LetterBoxes for NoLetterBoxes {
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    async fn take(&self, _: &str) -> Result<Vec<Letter>> {
        Ok(Vec::new())
    }

    async fn remove(&self, _: &str, _: &Letter) -> Result<()> {
        Ok(())
    }

    async fn put_back(&self, _: &str, _: &Letter) -> Result<()> {
        Ok(())
    }
}

/// Looks through all boxes and abandoned batches for what speaks of a contact; `remove`: takes it out. Returns where
/// something was found, once a message or record: `sentiment`, `aws/lambda/…`.
pub async fn of_contact(
    boxes: &dyn LetterBoxes,
    objects: &dyn Objects,
    contact: &ContactKey,
    remove: bool,
) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for name in boxes.names() {
        let mut others = Vec::new();
        let searched = search(boxes, &name, contact, remove, &mut others, &mut found).await;
        // Also after a failure; what cannot be put back shows itself again when its hiding ends.
        for letter in &others {
            boxes.put_back(&name, letter).await?;
        }
        searched?;
    }
    for key in objects.list(ABANDONED).await? {
        let Some(bytes) = objects.get(&key).await? else { continue };
        let Some((rest, taken)) = batch_without(&bytes, contact) else { continue };
        found.extend(std::iter::repeat_n(key.clone(), taken));
        match rest {
            _ if !remove => {}
            Some(rest) => objects.put(&key, rest.as_bytes()).await?,
            None => objects.remove(&key).await?,
        }
    }
    Ok(found)
}

async fn search(
    boxes: &dyn LetterBoxes,
    name: &str,
    contact: &ContactKey,
    remove: bool,
    others: &mut Vec<Letter>,
    found: &mut Vec<String>,
) -> Result<()> {
    loop {
        let letters = boxes.take(name).await?;
        if letters.is_empty() {
            return Ok(());
        }
        for letter in letters {
            let of_contact = message_is_of(&letter.body, contact);
            if of_contact {
                found.push(name.to_owned());
            }
            if of_contact && remove {
                boxes.remove(name, &letter).await?;
            } else {
                others.push(letter);
            }
        }
    }
}

/// Whether a message is of a contact: a routed contact, an object whose key names it, or anything else that has its id.
fn message_is_of(body: &str, contact: &ContactKey) -> bool {
    if let Ok(routed) = detail::<ContactRouted>(body) {
        return routed.contact == *contact;
    }
    let event: Value = serde_json::from_str(body).unwrap_or_default();
    match event.pointer("/detail/object/key").and_then(Value::as_str).and_then(of_key) {
        Some(facts) => facts.contact_id == contact.contact_id,
        None => mentions(body.as_bytes(), contact),
    }
}

/// Whether the bytes have a contact's id in them, also inflated.
pub fn mentions(bytes: &[u8], contact: &ContactKey) -> bool {
    let id = &contact.contact_id;
    let needle = if id.len() >= LONG_ID { id.clone() } else { format!("\"{id}\"") };
    let has = |bytes: &[u8]| bytes.windows(needle.len().max(1)).any(|window| window == needle.as_bytes());
    !id.is_empty() && (has(bytes) || inflated(bytes).is_some_and(|bytes| has(&bytes)))
}

fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return None;
    }
    let mut inflated = Vec::new();
    MultiGzDecoder::new(bytes).take(LONGEST_RECORD).read_to_end(&mut inflated).ok()?;
    Some(inflated)
}

/// A batch that AWS gave up on, without a contact's records; `None` inside where nothing else is left of it. `None`: it has
/// none of the contact.
fn batch_without(object: &[u8], contact: &ContactKey) -> Option<(Option<String>, usize)> {
    let mut object: Value = serde_json::from_slice(object).ok()?;
    let mut event: Value = serde_json::from_str(object.get("payload")?.as_str()?).ok()?;
    let records = event.get_mut("Records")?.as_array_mut()?;
    let mut taken = 0;
    let mut kept = Vec::new();
    for mut record in std::mem::take(records) {
        match record_without(&mut record, contact) {
            Part::None => kept.push(record),
            Part::Some => {
                taken += 1;
                kept.push(record);
            }
            Part::All => taken += 1,
        }
    }
    if taken == 0 {
        return None;
    }
    let left = !kept.is_empty();
    *records = kept;
    *object.get_mut("payload")? = Value::String(event.to_string());
    Some((left.then(|| object.to_string()), taken))
}

/// How much of a record was a contact's.
enum Part {
    None,
    Some,
    All,
}

fn record_without(record: &mut Value, contact: &ContactKey) -> Part {
    if let Some(pk) = record.pointer("/dynamodb/Keys/pk/S").and_then(Value::as_str) {
        return if contact_of(pk).is_ok_and(|of| of == *contact) { Part::All } else { Part::None };
    }
    let Some(data) = record.pointer_mut("/kinesis/data") else { return Part::None };
    let Some(bytes) = data.as_str().and_then(|text| STANDARD.decode(text.trim()).ok()) else { return Part::None };
    if !mentions(&bytes, contact) {
        return Part::None;
    }
    match log_events_without(&bytes, contact) {
        Ok(Some(rest)) => {
            *data = Value::String(STANDARD.encode(rest));
            Part::Some
        }
        Ok(None) | Err(_) => Part::All,
    }
}

/// An envelope of CloudWatch Logs without the lines that have a contact's id; `None` if no other line is left, or if it is no
/// such envelope.
fn log_events_without(bytes: &[u8], contact: &ContactKey) -> Result<Option<Vec<u8>>> {
    let Some(text) = inflated(bytes) else { return Ok(None) };
    let Ok(mut envelope) = serde_json::from_slice::<Value>(&text) else { return Ok(None) };
    let Some(events) = envelope.get_mut("logEvents").and_then(Value::as_array_mut) else { return Ok(None) };
    events.retain(|event| !mentions(event.to_string().as_bytes(), contact));
    if events.is_empty() {
        return Ok(None);
    }
    let failed = |error: std::io::Error| Error::new(ErrorKind::Storage, "a batch cannot be written").because(error);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(envelope.to_string().as_bytes()).map_err(failed)?;
    encoder.finish().map(Some).map_err(failed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "86d85438-9434-4b02-8454-4e2b08d1289e";

    fn contact() -> ContactKey {
        ContactKey::new("i-1", ID)
    }

    #[test]
    fn a_message_is_of_the_contact_that_it_is_about() {
        let check = |body: Value, expected: bool| assert_eq!(message_is_of(&body.to_string(), &contact()), expected);
        let routed = |instance: &str, id: &str| {
            json!({ "detail": { "instance_id": instance, "contact_id": id, "revision_key": "r", "use_cases": [],
                "stages": ["sentiment"], "conversation_key": "k" } })
        };
        check(routed("i-1", ID), true);
        check(routed("i-2", ID), false);
        check(routed("i-1", "other"), false);
        let created = |key: String| json!({ "detail": { "bucket": { "name": "b" }, "object": { "key": key } } });
        check(created(format!("incoming/{ID}_analysis_2026-03-11T14-30-27Z.json")), true);
        check(
            created("incoming/0d6f4a52-9d0e-4b7e-8a55-3c1f5b6f2a10_analysis_2026-03-11T14-30-27Z.json".into()),
            false,
        );
        check(created("incoming/calls.jsonl".into()), false);
        check(json!({ "detail": { "ContactId": ID } }), true);
    }

    #[test]
    fn a_short_id_is_not_found_in_other_words() {
        let short = ContactKey::new("i-1", "c1");
        assert!(mentions(b"{\"id\":\"c1\"}", &short));
        assert!(!mentions(b"{\"id\":\"c12\",\"text\":\"doc1\"}", &short));
        assert!(!mentions(b"{\"id\":\"\"}", &ContactKey::new("i-1", "")));
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn batch(records: &[Value]) -> Vec<u8> {
        json!({ "requestContext": { "requestId": "1" }, "payload": json!({ "Records": records }).to_string() })
            .to_string()
            .into_bytes()
    }

    fn kinesis(data: &[u8]) -> Value {
        json!({ "kinesis": { "sequenceNumber": "1", "data": STANDARD.encode(data) } })
    }

    #[test]
    fn a_batch_keeps_what_is_not_of_the_contact() {
        let own = kinesis(format!("{{\"ContactId\":\"{ID}\"}}").as_bytes());
        let other = kinesis(b"{\"ContactId\":\"other\"}");
        let change = |pk: &str| json!({ "dynamodb": { "SequenceNumber": "7", "Keys": { "pk": { "S": pk } } } });
        let check = |records: &[Value], taken: usize, left: &[Value]| match batch_without(&batch(records), &contact()) {
            None => assert_eq!((taken, left.len()), (0, records.len())),
            Some((rest, found)) => {
                assert_eq!(found, taken);
                let expected = (!left.is_empty()).then(|| serde_json::from_slice::<Value>(&batch(left)).unwrap());
                assert_eq!(rest.map(|rest| serde_json::from_str::<Value>(&rest).unwrap()), expected);
            }
        };
        check(&[own.clone(), other.clone()], 1, std::slice::from_ref(&other));
        check(&[own.clone(), own], 2, &[]);
        check(std::slice::from_ref(&other), 0, std::slice::from_ref(&other));
        check(&[change(&format!("i-1/{ID}")), change("i-1/x")], 1, &[change("i-1/x")]);
        check(&[change(&format!("i-2/{ID}"))], 0, &[change(&format!("i-2/{ID}"))]);
        assert!(batch_without(b"not json", &contact()).is_none());
        assert!(batch_without(b"{\"payload\":7}", &contact()).is_none());
    }

    #[test]
    fn an_envelope_of_several_contacts_keeps_the_others() {
        let envelope = |ids: &[&str]| {
            let events: Vec<_> =
                ids.iter().map(|id| json!({ "id": "1", "message": format!("{{\"id\":\"{id}\"}}") })).collect();
            json!({ "logGroup": "/aws/lex", "logEvents": events }).to_string()
        };
        let object = batch(&[kinesis(&gzip(&envelope(&[ID, "other"]))), kinesis(&gzip(&envelope(&[ID])))]);
        let (rest, taken) = batch_without(&object, &contact()).unwrap();
        assert_eq!(taken, 2);
        let rest: Value = serde_json::from_str(&rest.unwrap()).unwrap();
        let event: Value = serde_json::from_str(rest["payload"].as_str().unwrap()).unwrap();
        let records = event["Records"].as_array().unwrap();
        assert_eq!(records.len(), 1);
        let data = STANDARD.decode(records[0]["kinesis"]["data"].as_str().unwrap()).unwrap();
        assert_eq!(String::from_utf8(inflated(&data).unwrap()).unwrap(), envelope(&["other"]));
    }
}
