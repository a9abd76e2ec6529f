//! Which format a document is, by the names of its top-level fields and a few short values among them. Cheap: nested
//! values are skipped, not built. The name of the file is never asked.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::read;
use crate::error::{Reason, Rejected};

/// The wire formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// The canonical conversation, also in the short form `{id, source, channel, turns}`.
    Canonical,
    /// Contact Lens post-contact file of a call (agent or IVR).
    ContactLensVoice,
    /// Contact Lens post-contact file of a chat.
    ContactLensChat,
    /// Contact Lens post-contact file of an e-mail.
    ContactLensEmail,
    /// Contact Lens real-time segments of a call.
    SegmentsVoice,
    /// Contact Lens real-time segments of a chat.
    SegmentsChat,
    /// Contact record (CTR).
    ContactRecord,
    /// Contact event, bare or in its EventBridge envelope.
    ContactEvent,
    /// Agent event.
    AgentEvent,
    /// Chat transcript in S3.
    ChatTranscript,
    /// Lex V2 conversation log entry.
    LexLog,
    /// The envelope of CloudWatch Logs, with log entries in it.
    CloudWatchLogs,
    /// Transcribe batch output.
    Transcribe,
    /// Transcribe Call Analytics output.
    CallAnalytics,
    /// Result of Post Call Analytics.
    PcaResult,
    /// The message by which S3 tries a new notification.
    S3TestEvent,
}

impl Format {
    /// All formats, in the order in which they are tried.
    pub const ALL: &'static [Format] = &[
        Format::Canonical,
        Format::ContactRecord,
        Format::SegmentsChat,
        Format::AgentEvent,
        Format::SegmentsVoice,
        Format::ContactEvent,
        Format::LexLog,
        Format::CloudWatchLogs,
        Format::Transcribe,
        Format::PcaResult,
        Format::CallAnalytics,
        Format::ContactLensEmail,
        Format::ContactLensChat,
        Format::ContactLensVoice,
        Format::ChatTranscript,
        Format::S3TestEvent,
    ];

    /// The format's name, as it is shown and documented.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Canonical => "canonical",
            Self::ContactLensVoice => "contact-lens-voice",
            Self::ContactLensChat => "contact-lens-chat",
            Self::ContactLensEmail => "contact-lens-email",
            Self::SegmentsVoice => "contact-lens-segments-voice",
            Self::SegmentsChat => "contact-lens-segments-chat",
            Self::ContactRecord => "contact-record",
            Self::ContactEvent => "contact-event",
            Self::AgentEvent => "agent-event",
            Self::ChatTranscript => "chat-transcript",
            Self::LexLog => "lex-log",
            Self::CloudWatchLogs => "cloudwatch-logs",
            Self::Transcribe => "transcribe",
            Self::CallAnalytics => "transcribe-call-analytics",
            Self::PcaResult => "post-call-analytics",
            Self::S3TestEvent => "s3-test-event",
        }
    }

    /// The fields that decide for the format: every group needs one of its fields.
    pub(super) const fn needs(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Canonical => &[&["turns"]],
            Self::ContactRecord => &[&["AWSContactTraceRecordFormatVersion"]],
            Self::SegmentsChat => &[&["StreamingEventType"]],
            Self::AgentEvent => &[&["AgentARN"], &["CurrentAgentSnapshot", "PreviousAgentSnapshot", "EventType"]],
            Self::SegmentsVoice => &[&["EventType"], &["ContactId"]],
            Self::ContactEvent => &[
                &["eventType", "EventType", "detail-type"],
                &["contactId", "ContactId", "detail"],
                &["instanceArn", "InstanceArn", "InstanceARN", "channel", "detail"],
            ],
            Self::ContactLensEmail | Self::ContactLensChat => {
                &[&["Channel"], &["ContentMetadata", "ConversationCharacteristics", "CustomerMetadata", "Categories"]]
            }
            Self::ContactLensVoice => &[
                &["Transcript"],
                &["Channel", "Participants"],
                &["ContentMetadata", "ConversationCharacteristics", "CustomerMetadata", "Categories", "JobStatus"],
            ],
            Self::ChatTranscript => &[&["Transcript"], &["ContactId"]],
            Self::LexLog => {
                &[&["sessionId"], &["messageVersion", "message-version", "operationName"], &["bot", "inputTranscript"]]
            }
            Self::CloudWatchLogs => &[&["logEvents"], &["messageType", "logGroup"]],
            Self::Transcribe => &[&["results"], &["jobName", "accountId", "status"]],
            Self::CallAnalytics => &[
                &["Transcript", "JobStatus"],
                &["JobName", "SessionId", "AnalyticsJobDetails", "CallAnalyticsJobDetails"],
            ],
            Self::PcaResult => &[&["ConversationAnalytics"], &["SpeechSegments"]],
            Self::S3TestEvent => &[&["Service"], &["Event"], &["Bucket"]],
        }
    }

    /// A field that decides against the format, or a value that does.
    pub(super) fn refuses(self, peek: &Peek) -> Option<&'static str> {
        let channel = |wanted: &str| peek.channel.as_deref().is_some_and(|word| word.eq_ignore_ascii_case(wanted));
        match self {
            Self::ContactLensEmail if !channel("EMAIL") => Some("`Channel` is not EMAIL"),
            Self::ContactLensChat if !channel("CHAT") => Some("`Channel` is not CHAT"),
            Self::ContactLensVoice if channel("CHAT") || channel("EMAIL") => Some("`Channel` is not VOICE or IVR"),
            Self::SegmentsVoice if peek.has("InstanceArn") || peek.has("InstanceARN") => {
                Some("an instance ARN makes it a contact event")
            }
            Self::SegmentsVoice if peek.has("AgentARN") => Some("`AgentARN` makes it an agent event"),
            Self::ContactEvent
                if peek.has("detail-type")
                    && !peek.detail_type.as_deref().is_some_and(|word| word.ends_with("Contact Event")) =>
            {
                Some("`detail-type` is not that of a contact event")
            }
            Self::LexLog if peek.has("invocationSource") => {
                Some("`invocationSource` makes it a call of a Lambda function")
            }
            Self::CallAnalytics if peek.has("CustomerMetadata") => {
                Some("`CustomerMetadata` makes it a Contact Lens file")
            }
            Self::ChatTranscript if peek.has("ContentMetadata") || peek.has("ConversationCharacteristics") => {
                Some("it has results of an analysis")
            }
            Self::S3TestEvent if peek.event.as_deref() != Some("s3:TestEvent") => Some("`Event` is not s3:TestEvent"),
            _ => None,
        }
    }

    fn matches(self, peek: &Peek) -> bool {
        self.needs().iter().all(|group| group.iter().any(|field| peek.has(field))) && self.refuses(peek).is_none()
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Which format a document is, plain or gzip.
///
/// # Errors
/// [`Rejected`] if it is not JSON, or no format.
pub fn detect(document: &[u8]) -> Result<Format, Rejected> {
    detect_text(&read::text(document, super::DecodeContext::new("").max_inflated_bytes)?)
}

pub(super) fn detect_text(text: &str) -> Result<Format, Rejected> {
    choose(&Peek::of(text, Haste::StopWhenSure)?)
}

pub(super) fn choose(peek: &Peek) -> Result<Format, Rejected> {
    Format::ALL.iter().copied().find(|format| format.matches(peek)).ok_or_else(|| {
        let detail = match &peek.detail_type {
            Some(kind) => format!("an EventBridge event of type `{}` says nothing of a conversation", short(kind)),
            None => format!(
                "an object with {} fields, none of which make a format that is known; `aftercall explain` says what each format needs",
                peek.fields
            ),
        };
        Rejected::new(Reason::UnknownFormat, detail)
    })
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Every field that some format asks for. The position in this list is the field's bit in [`Peek::seen`].
const FIELDS: &[&str] = &[
    "turns",
    "AWSContactTraceRecordFormatVersion",
    "StreamingEventType",
    "AgentARN",
    "CurrentAgentSnapshot",
    "PreviousAgentSnapshot",
    "EventType",
    "ContactId",
    "eventType",
    "contactId",
    "detail-type",
    "detail",
    "instanceArn",
    "InstanceArn",
    "InstanceARN",
    "channel",
    "Channel",
    "ContentMetadata",
    "ConversationCharacteristics",
    "CustomerMetadata",
    "Categories",
    "Transcript",
    "Participants",
    "JobStatus",
    "sessionId",
    "messageVersion",
    "message-version",
    "operationName",
    "bot",
    "inputTranscript",
    "invocationSource",
    "logEvents",
    "messageType",
    "logGroup",
    "results",
    "jobName",
    "accountId",
    "status",
    "JobName",
    "SessionId",
    "AnalyticsJobDetails",
    "CallAnalyticsJobDetails",
    "ConversationAnalytics",
    "SpeechSegments",
    "Service",
    "Event",
    "Bucket",
];

/// What one look at the top level of a document shows.
#[derive(Debug, Default)]
pub(super) struct Peek {
    seen: u64,
    /// Number of fields at the top level.
    pub fields: u64,
    /// Value of `Channel`.
    pub channel: Option<String>,
    /// Value of `detail-type`.
    pub detail_type: Option<String>,
    /// Value of `Event`.
    pub event: Option<String>,
}

/// Whether a look may end before the document does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Haste {
    /// As soon as the format that is tried first is certain. What comes later cannot change the answer.
    StopWhenSure,
    /// Look at all fields.
    ToTheEnd,
}

impl Peek {
    pub fn of(text: &str, haste: Haste) -> Result<Self, Rejected> {
        let mut peek = Self::default();
        let mut parser = serde_json::Deserializer::from_str(text);
        let outcome = Look { peek: &mut peek, haste }.deserialize(&mut parser).and_then(|()| parser.end());
        match outcome {
            Err(error) if !(haste == Haste::StopWhenSure && peek.is_sure()) => Err(match error.classify() {
                serde_json::error::Category::Data => {
                    Rejected::new(Reason::UnknownFormat, "the document is JSON, but not an object")
                }
                _ => read::broken(&error),
            }),
            _ => Ok(peek),
        }
    }

    pub fn has(&self, field: &str) -> bool {
        FIELDS.iter().position(|known| *known == field).is_some_and(|bit| self.seen & (1 << bit) != 0)
    }

    fn is_sure(&self) -> bool {
        Format::ALL.first().is_some_and(|first| first.matches(self))
    }
}

struct Look<'a> {
    peek: &'a mut Peek,
    haste: Haste,
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Key>()? {
            self.peek.fields += 1;
            if let Some(bit) = key.0 {
                self.peek.seen |= 1 << bit;
            }
            if self.haste == Haste::StopWhenSure && self.peek.is_sure() {
                return Err(A::Error::custom("sure"));
            }
            match key.0.and_then(|bit| FIELDS.get(bit)) {
                Some(&"Channel") => self.peek.channel = map.next_value::<super::lenient::Text>()?.0,
                Some(&"detail-type") => self.peek.detail_type = map.next_value::<super::lenient::Text>()?.0,
                Some(&"Event") => self.peek.event = map.next_value::<super::lenient::Text>()?.0,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// A field's name as its position in [`FIELDS`].
struct Key(Option<usize>);

impl<'de> serde::Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
                Ok(Key(FIELDS.iter().position(|field| *field == name)))
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}
