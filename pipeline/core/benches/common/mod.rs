//! A contact's whole way without IO, for the benches.

use aftercall_core::assemble::{AssembleSettings, assemble};
use aftercall_core::formats::{DecodeContext, decode};
use aftercall_core::redact::{RedactionSettings, redact};
use aftercall_core::sentiment::SentimentSettings;
use aftercall_core::{first_response, measures, route, sentiment, summary};

/// From bytes to every result; returns something of each, so that nothing is optimised away.
pub fn analyse(document: &[u8], context: &DecodeContext) -> usize {
    let Ok(decoded) = decode(document, context) else { return 0 };
    let mut seen = 0;
    for delivery in &decoded.deliveries {
        let assembled = assemble(&delivery.contact, std::slice::from_ref(delivery), &AssembleSettings::default());
        let conversation = redact(assembled.conversation, &assembled.names, &RedactionSettings::default());
        let digest = serde_json::to_vec(&conversation).map(|bytes| blake3::hash(&bytes));
        let routing = route::route(&conversation, &Default::default());
        seen += routing.stages.len() + usize::from(digest.is_ok());
        seen += measures::measure(&conversation).turns.len();
        seen += sentiment::score(&conversation, &SentimentSettings::default()).turns.len();
        for use_case in routing.use_cases {
            seen += match use_case {
                aftercall_schemas::UseCase::CustomerBot => summary::customer_summary(&conversation).what_happened.len(),
                aftercall_schemas::UseCase::CustomerAgent => summary::agent_summary(&conversation).agent_actions.len(),
            };
        }
        seen += first_response::first_response(&conversation).turn.map_or(0, |_| 1);
    }
    seen
}
