//! One contact as its sources tell it: what a test of the whole way delivers. Made up for this project.

use aftercall_schemas::ContactKey;
use serde_json::{Value, json};

/// The instance of the contact.
pub const INSTANCE: &str = "11111111-2222-4333-8444-555555555555";
/// The contact.
pub const CONTACT: &str = "0a0a0a0a-1111-4222-8333-444444444444";

/// The contact's key.
pub fn contact() -> ContactKey {
    ContactKey::new(INSTANCE, CONTACT)
}

fn voice_file(masked: bool, ivr: bool, turns: &[(&str, &str, i64, i64)]) -> Value {
    let transcript = turns.iter().enumerate().map(|(index, (who, text, begin, end))| {
        json!({
            "Id": format!("{}-{index}", if ivr { "i" } else { "t" }), "ParticipantId": who, "Content": text,
            "BeginOffsetMillis": begin, "EndOffsetMillis": end, "Sentiment": "NEUTRAL",
        })
    });
    let transcript: Vec<_> = transcript.collect();
    let other = if ivr { "SYSTEM" } else { "AGENT" };
    json!({
        "Version": "1.1.0", "AccountId": "111122223333", "Channel": if ivr { "IVR" } else { "VOICE" },
        "ContentMetadata": { "Output": if masked { "Redacted" } else { "Raw" } },
        "JobStatus": "COMPLETED", "LanguageCode": "en-US",
        "CustomerMetadata": { "ContactId": CONTACT, "InstanceId": INSTANCE },
        "Participants": [
            { "ParticipantId": "CUSTOMER", "ParticipantRole": "CUSTOMER" },
            { "ParticipantId": other, "ParticipantRole": other },
        ],
        "Categories": { "MatchedCategories": [], "MatchedDetails": {} },
        "ConversationCharacteristics": { "TotalConversationDurationMillis": 9000 },
        "Transcript": transcript,
    })
}

fn segment(event: &str, segments: Option<Value>) -> Value {
    let mut record = json!({
        "Version": "1.0.0", "Channel": "VOICE", "AccountId": "111122223333", "InstanceId": INSTANCE,
        "ContactId": CONTACT, "LanguageCode": "en-US", "EventType": event,
    });
    if let (Some(fields), Some(segments)) = (record.as_object_mut(), segments) {
        fields.insert("Segments".into(), segments);
    }
    record
}

fn record(last_update: &str, after_contact_work: &Value) -> Value {
    json!({
        "AWSAccountId": "111122223333", "AWSContactTraceRecordFormatVersion": "2017-03-10", "ContactId": CONTACT,
        "InstanceARN": format!("arn:aws:connect:eu-west-1:111122223333:instance/{INSTANCE}"),
        "Channel": "VOICE", "InitiationMethod": "INBOUND", "InitiationTimestamp": "2026-03-02T10:00:00Z",
        "ConnectedToSystemTimestamp": "2026-03-02T10:00:00Z", "DisconnectTimestamp": "2026-03-02T10:02:00Z",
        "DisconnectReason": "CUSTOMER_DISCONNECT", "LastUpdateTimestamp": last_update,
        "Agent": {
            "ARN": "arn:aws:connect:eu-west-1:111122223333:instance/i/agent/a-1", "Username": "mhale",
            "ConnectedToAgentTimestamp": "2026-03-02T10:01:00Z", "AgentInteractionDuration": 60,
            "AfterContactWorkDuration": after_contact_work, "CustomerHoldDuration": 0,
        },
        "Queue": { "ARN": "arn:q", "Name": "Cards", "Duration": 20, "EnqueueTimestamp": "2026-03-02T10:00:40Z" },
        "CustomerEndpoint": { "Address": "+15550100123", "Type": "TELEPHONE_NUMBER" }, "Attributes": {},
    })
}

/// All that is ever said of the contact: segments, both file twins, three records, a bot leg.
pub fn documents() -> Vec<Vec<u8>> {
    let raw = [
        ("AGENT", "Thanks for calling, this is Mira Hale.", 0, 2000),
        ("CUSTOMER", "My card was swallowed by the machine, my number is 555 0100 123.", 2100, 6000),
        ("AGENT", "I have ordered a new card, it will arrive by Friday.", 6100, 9000),
    ];
    let masked = [
        ("AGENT", "Thanks for calling, this is [PII].", 0, 2000),
        ("CUSTOMER", "My card was swallowed by the machine, my number is [PII].", 2100, 6000),
        ("AGENT", "I have ordered a new card, it will arrive by Friday.", 6100, 9000),
    ];
    let bot = [
        ("SYSTEM", "Welcome, how can I help?", 500, 2500),
        ("CUSTOMER", "I need a new card.", 3000, 4500),
        ("SYSTEM", "I will connect you to an agent.", 5000, 7000),
    ];
    let spoken = raw.iter().enumerate().map(|(index, (who, text, begin, end))| {
        let transcript = json!([{ "Transcript": {
            "Id": format!("t-{index}"), "ParticipantId": who, "ParticipantRole": who, "Content": text,
            "BeginOffsetMillis": begin, "EndOffsetMillis": end, "Sentiment": "NEUTRAL",
        } }]);
        segment("SEGMENTS", Some(transcript))
    });
    let before = [segment("STARTED", None)];
    let after = [
        segment("COMPLETED", None),
        voice_file(false, false, &raw),
        voice_file(true, false, &masked),
        record("2026-03-02T10:02:05Z", &Value::Null),
        record("2026-03-02T10:03:00Z", &json!(45)),
        record("2026-03-03T08:00:00Z", &json!(45)),
        voice_file(false, true, &bot),
    ];
    before.into_iter().chain(spoken).chain(after).map(|value| value.to_string().into_bytes()).collect()
}
