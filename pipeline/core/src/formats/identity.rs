//! Whose a document is: contact and instance ids in ARNs, object keys and file names, and the names by which a recording
//! and its transcript find each other. Pure text; who owns which name is looked up by the caller.
//!
//! Key patterns (Amazon Connect admin guide, "Contact Lens output file locations"):
//! `Analysis/(Voice|Chat|Email)/[ivr/][Redacted/]YYYY/MM/DD/<contact>_analysis_[redacted_]<time>.json`,
//! `Analysis/Voice/Redacted/YYYY/MM/DD/<contact>_call_recording_redacted_<time>.wav`,
//! `…/CallRecordings/YYYY/MM/DD/<contact>_YYYYMMDDThh:mm_UTC.wav`,
//! `…/ChatTranscripts/YYYY/MM/DD/<contact>_YYYYMMDDThh:mm_UTC.json`. Classic S3 notifications URL-encode keys; both
//! spellings are read.

use std::collections::BTreeMap;

use aftercall_schemas::ContactKey;
use jiff::Timestamp;
use serde::Deserialize;

use super::{DecodeContext, lenient};
use crate::delivery::{Body, Delivery, LegKind, SourceKind, Zero};
use crate::error::{Reason, Rejected};

/// The instance id in an ARN (`arn:…:instance/<id>[/…]`), or the text itself if it is not an ARN.
pub fn instance_id(arn: &str) -> &str {
    match arn.split_once("instance/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
        None => arn,
    }
}

/// The last part of an ARN (`arn:…:instance/<id>/agent/<id>`): the agent's, queue's or contact's own id.
pub fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// What an object key or path says of the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    /// The contact.
    pub contact_id: String,
    /// Time in the name of a Contact Lens file: the moment the agent was connected.
    pub connected_to_agent: Option<Timestamp>,
    /// The key is in a folder `Redacted`.
    pub redacted: bool,
    /// The key is in the folder `ivr` of Contact Lens.
    pub ivr: bool,
    /// The name has one of Amazon Connect's own patterns; else a UUID in it was taken for the contact.
    pub connect_pattern: bool,
}

/// What an object key or path says, if its name has one of the patterns or exactly one UUID.
pub fn of_key(key: &str) -> Option<KeyFacts> {
    let key = url_decoded(key);
    let name = key.rsplit(['/', '\\']).next().unwrap_or(&key);
    let redacted = key.contains("/Redacted/") || key.contains("_redacted_");
    let ivr = key.contains("/ivr/");
    if let Some((contact_id, rest)) = name.split_once("_analysis_")
        && !contact_id.is_empty()
    {
        let time = rest.trim_start_matches("redacted_").trim_end_matches(".json");
        let connected_to_agent =
            lenient::parse_time(&with_colons(time)).filter(|_| !ivr && !key.contains("Analysis/Chat/"));
        let contact_id = contact_id.to_owned();
        return Some(KeyFacts { contact_id, connected_to_agent, redacted, ivr, connect_pattern: true });
    }
    if let Some((contact_id, rest)) = name.split_once("_call_recording_").filter(|(id, _)| !id.is_empty()) {
        let time = rest.trim_start_matches("redacted_").rsplit_once('.').map_or(rest, |(time, _)| time);
        let connected_to_agent = lenient::parse_time(&with_colons(time));
        let contact_id = contact_id.to_owned();
        return Some(KeyFacts { contact_id, connected_to_agent, redacted, ivr, connect_pattern: true });
    }
    let facts = |contact_id: &str, connect_pattern| KeyFacts {
        contact_id: contact_id.to_owned(),
        connected_to_agent: None,
        redacted,
        ivr,
        connect_pattern,
    };
    if let Some(contact_id) = name.match_indices('_').find_map(|(at, _)| {
        let head = name.get(..at).filter(|head| !head.is_empty())?;
        is_minute_utc(name.get(at + 1..)?).then_some(head)
    }) {
        // Job names have the folders in front of the name.
        let uuid = uuids(contact_id).last().filter(|uuid| contact_id.ends_with(uuid));
        return Some(facts(uuid.unwrap_or(contact_id), true));
    }
    let mut found = uuids(name);
    let contact_id = found.next()?;
    found.all(|other| other.eq_ignore_ascii_case(contact_id)).then(|| facts(contact_id, false))
}

/// Whose the output of a transcription job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFacts {
    /// The contact; `<source>:<job>` where nothing names one.
    pub contact: ContactKey,
    /// The contact is one of Amazon Connect's.
    pub of_connect: bool,
    /// Names by which the contact may be found later.
    pub recordings: Vec<String>,
    /// What offset 0 stands for, where a sidecar says.
    pub zero: Option<Timestamp>,
}

/// Whose the output of a job is (`job` its name, `media` the recording's location where the document names it): by the sidecar, by a name with Amazon Connect's pattern, else on its own.
///
/// # Errors
/// [`Rejected`] if there is no sidecar, no job name and no file name.
pub fn of_job(job: Option<&str>, media: Option<&str>, source: &str, ctx: &DecodeContext) -> Result<JobFacts, Rejected> {
    let sidecar = ctx.sidecar.as_ref();
    let recording = sidecar.and_then(|sidecar| sidecar.recording.as_deref()).or(media);
    let names = [recording, job, Some(ctx.origin.as_str())];
    let mut recordings: Vec<String> = recording.map(recording_names).unwrap_or_default();
    recordings.extend(names.into_iter().flatten().filter_map(stem_name));
    recordings.sort();
    recordings.dedup();
    let pattern = || names.into_iter().flatten().filter_map(of_key).find(|key| key.connect_pattern);
    let stated = sidecar.and_then(|sidecar| sidecar.contact_id.clone()).or_else(|| Some(pattern()?.contact_id));
    let of_connect = stated.is_some();
    let origin = ctx.origin.rsplit(['/', '\\']).next().filter(|name| !name.is_empty());
    let contact_id = stated.or_else(|| Some(format!("{source}:{}", job.or(origin)?))).ok_or_else(|| {
        Rejected::new(Reason::MissingContactId, format!("{source}: no job name, no file name and no sidecar"))
    })?;
    let zero = sidecar.and_then(|sidecar| sidecar.start_timestamp);
    Ok(JobFacts { contact: ctx.contact(None, contact_id), of_connect, recordings, zero })
}

/// The time of a name that may not hold a colon: `2026-01-02T03-04-05Z` is `2026-01-02T03:04:05Z`.
fn with_colons(time: &str) -> String {
    match time.split_once('T') {
        Some((day, time)) => format!("{day}T{}", time.replace('-', ":")),
        None => time.to_owned(),
    }
}

/// Whether text begins like `20260102T03:04_UTC`; `-` stands for `:` where a name may not hold one.
fn is_minute_utc(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    digits(0..8)
        && bytes.get(8) == Some(&b'T')
        && digits(9..11)
        && bytes.get(11).is_some_and(|byte| matches!(byte, b':' | b'-' | b'_'))
        && digits(12..14)
        && bytes.get(14..18) == Some(b"_UTC")
}

/// The UUIDs in a text, left to right.
fn uuids(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let hex_or_dash = |window: &[u8]| {
        window.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let window = bytes.get(from..from + 36)?;
            if hex_or_dash(window) {
                let at = from;
                from += 36;
                return text.get(at..at + 36);
            }
            from += 1;
        }
    })
}

/// The names by which a recording is known: its location without scheme and URL encoding, and its file name without
/// ending (`~name`), in which the characters that job names cannot hold are `-`. A transcript finds its contact if one
/// of its names is one of a recording in exactly one contact record.
pub fn recording_names(location: &str) -> Vec<String> {
    let decoded = url_decoded(location.trim());
    let mut path = decoded.as_str();
    for scheme in ["s3://", "https://", "http://"] {
        path = path.strip_prefix(scheme).unwrap_or(path);
    }
    let path = bucket_first(path);
    let mut names = Vec::new();
    if path.contains('/') {
        names.push(path.clone());
    }
    names.extend(stem_name(&path));
    names
}

/// The name of a file without folder and ending as [`recording_names`] writes it; none if it is too plain to tell one
/// recording from another (`call`, `recording-1`).
pub fn stem_name(path: &str) -> Option<String> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let stem =
        ["json", "wav", "mp3", "mp4", "flac", "ogg", "amr", "webm", "m4a", "gz"].iter().fold(name, |name, ending| {
            match name.rsplit_once('.') {
                Some((stem, last)) if last.eq_ignore_ascii_case(ending) => stem,
                _ => name,
            }
        });
    let stem = stem.trim_start_matches("redacted-").trim_end_matches("_redacted");
    let plain: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' }).collect();
    (plain.len() >= 12 && plain.bytes().any(|byte| byte.is_ascii_digit())).then(|| format!("~{plain}"))
}

/// `https` addresses of S3 name the bucket in the host or as the first folder; locations begin with the bucket.
fn bucket_first(path: &str) -> String {
    match path.split_once('/') {
        Some((host, key)) if host.ends_with(".amazonaws.com") => match host.find(".s3") {
            Some(end) => format!("{}/{key}", host.get(..end).unwrap_or_default()),
            None => key.to_owned(),
        },
        _ => path.to_owned(),
    }
}

/// `%3A` and its like as their characters. What is no valid encoding stays as it is.
pub fn url_decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// A delivery that named no contact, now that its contact is known: the recordings that Connect makes begin when the
/// agent is connected, so the text is the agent leg.
pub fn attach(mut delivery: Delivery, contact: ContactKey) -> Delivery {
    delivery.contact = contact;
    let made_from_recording = matches!(
        delivery.source,
        SourceKind::Transcribe | SourceKind::TranscribeCallAnalytics | SourceKind::PostCallAnalytics
    );
    if let Body::Leg(leg) = &mut delivery.body
        && made_from_recording
    {
        leg.kind = LegKind::Agent;
        if leg.zero == Zero::Unknown {
            leg.zero = Zero::ConnectedToAgent;
        }
    }
    delivery
}

/// What a small JSON file beside a document says of it. All fields may be absent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Sidecar {
    /// Contact id.
    #[serde(alias = "contactId", alias = "ContactId", deserialize_with = "lenient::text")]
    pub contact_id: Option<String>,
    /// Instance id.
    #[serde(alias = "instanceId", alias = "InstanceId", deserialize_with = "lenient::text")]
    pub instance_id: Option<String>,
    /// Location of the recording the document was made from.
    #[serde(alias = "recordingLocation", alias = "MediaFileUri", deserialize_with = "lenient::text")]
    pub recording: Option<String>,
    /// The moment that offset 0 stands for.
    #[serde(alias = "startTimestamp", deserialize_with = "lenient::time")]
    pub start_timestamp: Option<Timestamp>,
    /// BCP 47 tag.
    #[serde(alias = "languageCode", alias = "language_code", deserialize_with = "lenient::text")]
    pub language: Option<String>,
    /// Role words by channel or speaker label: `{"ch_0": "agent"}`.
    #[serde(alias = "roles", deserialize_with = "lenient::map")]
    pub speakers: BTreeMap<String, String>,
}

impl Sidecar {
    /// Reads a sidecar file.
    ///
    /// # Errors
    /// [`Rejected`] if it is not a JSON object of these fields.
    pub fn parse(document: &[u8]) -> Result<Self, Rejected> {
        super::read::json(&super::read::text(document, 1 << 20)?, "sidecar")
    }
}
