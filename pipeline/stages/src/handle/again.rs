//! A function that somebody calls and that then calls itself again through a queue of its own: for work that is longer than one
//! call, or that has to be looked at once more. SQS keeps the message until a call has ended well, so a call that was killed
//! happens again.

use std::time::Duration;

use aftercall_core::error::Result;
use async_trait::async_trait;
use serde_json::value::RawValue;

use super::batch::Handled;
use super::envelope::{is_batch, message, records};

/// The function's own queue.
#[async_trait]
pub trait OwnQueue: Send + Sync {
    /// Sends a message that comes after this long, 15 minutes at the most.
    async fn send(&self, body: &str, after: Duration) -> Result<()>;
}

/// Why a function was called.
#[derive(Debug)]
pub enum Called<'a> {
    /// Somebody asks for something.
    Asked(&'a str),
    /// Messages of its own queue have come.
    Again(Vec<&'a RawValue>),
}

/// Why a function was called with this event.
///
/// # Errors
/// An event that has records and is no envelope.
pub fn called(event: &str) -> Result<Called<'_>> {
    if is_batch(event) { records(event).map(Called::Again) } else { Ok(Called::Asked(event)) }
}

/// Does something with the body of each message. A message that cannot be read is nobody's and is dropped: only the function
/// itself writes to the queue.
pub async fn each_message(messages: &[&RawValue], does: impl AsyncFn(&str) -> Result<Handled>) -> Handled {
    let mut handled = Handled::default();
    for raw in messages {
        handled.count("Records", 1);
        let Ok(message) = message(raw) else {
            handled.count("Unreadable", 1);
            continue;
        };
        match does(&message.body).await {
            Ok(more) => handled.add(more),
            Err(error) => handled.failed(message.message_id, error),
        }
    }
    handled
}

#[cfg(test)]
mod tests {
    use aftercall_core::error::{Error, ErrorKind};

    use super::*;

    #[test]
    fn a_request_is_not_a_message() {
        let check = |event: &str, messages: Option<usize>| {
            let found = match called(event).expect("an event") {
                Called::Asked(request) => {
                    assert_eq!(request, event);
                    None
                }
                Called::Again(messages) => Some(messages.len()),
            };
            assert_eq!(found, messages, "{event}");
        };
        check(r#"{"contact":"c"}"#, None);
        check("no json", None);
        check(r#"{"Records":[{"messageId":"1","body":"a"},{"messageId":"2","body":"b"}]}"#, Some(2));
    }

    #[test]
    fn a_message_that_fails_comes_again_alone() {
        let event = r#"{"Records":[{"messageId":"1","body":"a"},{"messageId":"2","body":"b"},{"body":"c"}]}"#;
        let Called::Again(messages) = called(event).expect("an event") else { panic!("messages") };
        let does = async |body: &str| match body {
            "a" => Err(Error::new(ErrorKind::Storage, "not now")),
            _ => Ok(Handled::default()),
        };
        let handled = pollster::block_on(each_message(&messages, does));
        assert_eq!(handled.response.batch_item_failures.len(), 1);
        assert_eq!(handled.response.batch_item_failures[0].item_identifier, "1");
        assert_eq!(handled.counts["Unreadable"], 1);
    }
}
