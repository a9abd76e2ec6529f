//! Messages of a queue that come again: what a function makes of each message of a batch, and when those come again that it is
//! not done with. And functions that somebody calls and that then call themselves again through a queue of their own: for work
//! that is longer than one call, or that has to be looked at once more. SQS keeps a message until a call has ended well, so a
//! call that was killed happens again.

use std::time::Duration;

use aftercall_core::error::{Error, ErrorKind, Result};
use async_trait::async_trait;

use super::batch::Handled;
use super::deadline::Deadline;
use super::envelope::{Message, is_batch, message, records};

/// The function's own queue.
#[async_trait]
pub trait OwnQueue: Send + Sync {
    /// Sends a message that comes after this long, 15 minutes at the most.
    async fn send(&self, body: &str, after: Duration) -> Result<()>;
}

/// Hides a message of the function's queue.
#[async_trait]
pub trait HideMessage: Send + Sync {
    /// The message comes again after `wait`, not before.
    async fn hide(&self, receipt_handle: &str, wait: Duration) -> Result<()>;
}

/// Why a function was called.
#[derive(Debug)]
pub enum Called<'a> {
    /// Somebody asks for something.
    Asked(&'a str),
    /// Messages of its own queue have come.
    Again(Vec<Message>),
}

/// Why a function was called with this event.
///
/// # Errors
/// As of [`messages`].
pub fn called(event: &str) -> Result<Called<'_>> {
    if is_batch(event) { messages(event).map(Called::Again) } else { Ok(Called::Asked(event)) }
}

/// The messages of an event.
///
/// # Errors
/// An event that is no envelope, or a message without an id, of which nothing could be reported: the whole batch comes again.
pub fn messages(event: &str) -> Result<Vec<Message>> {
    let read = |raw| message(raw).map_err(|rejected| Error::new(ErrorKind::Corrupt, rejected.to_string()));
    records(event)?.into_iter().map(read).collect()
}

/// A message that the function is not done with.
#[derive(Debug)]
pub struct ComesAgain {
    /// What has failed; none if it was only too early.
    pub error: Option<Error>,
    /// It comes after this long; if none, when the queue's own time for it is over.
    pub after: Option<Duration>,
}

impl ComesAgain {
    /// It was too early.
    pub fn later(after: Duration) -> Self {
        Self { error: None, after: Some(after) }
    }

    /// It has failed.
    pub fn failed(error: Error, after: Duration) -> Self {
        Self { error: Some(error), after: Some(after) }
    }
}

impl From<Error> for ComesAgain {
    fn from(error: Error) -> Self {
        Self { error: Some(error), after: None }
    }
}

/// Does something with each message, one after the other, as long as there is time. Those that are not done with are reported,
/// and come again alone.
pub async fn each_message(
    messages: &[Message],
    deadline: Deadline<'_>,
    queue: &dyn HideMessage,
    does: impl AsyncFn(&Message) -> std::result::Result<Handled, ComesAgain>,
) -> Handled {
    let mut handled = Handled::default();
    for message in messages {
        handled.count("Records", 1);
        if !deadline.has_time() {
            handled.not_begun(&message.message_id);
            continue;
        }
        match does(message).await {
            Ok(more) => handled.add(more),
            Err(ComesAgain { error, after }) => {
                if let Some(after) = after {
                    // If it cannot be hidden it comes again when the queue's own time for it is over.
                    handled.errors.extend(queue.hide(&message.receipt_handle, after).await.err());
                }
                match error {
                    Some(error) => handled.failed(&message.message_id, error),
                    None => {
                        handled.count("Awaited", 1);
                        handled.response.add(&message.message_id);
                    }
                }
            }
        }
    }
    handled
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use aftercall_core::error::ErrorKind;
    use jiff::Timestamp;
    use pollster::block_on;

    use super::*;
    use crate::ports::Clock;

    /// A clock that a second passes on each time it is looked at, and a queue that notes what is hidden, or cannot.
    #[derive(Default)]
    struct World {
        seconds: Mutex<i64>,
        hidden: Mutex<Vec<(String, Duration)>>,
    }

    impl Clock for World {
        fn now(&self) -> Timestamp {
            let mut seconds = self.seconds.lock().expect("seconds");
            *seconds += 1;
            Timestamp::from_second(*seconds).unwrap_or(Timestamp::MAX)
        }
    }

    #[async_trait]
    impl HideMessage for World {
        async fn hide(&self, receipt_handle: &str, wait: Duration) -> Result<()> {
            if receipt_handle == "gone" {
                return Err(Error::new(ErrorKind::Storage, "the receipt is too old"));
            }
            self.hidden.lock().expect("hidden").push((receipt_handle.to_owned(), wait));
            Ok(())
        }
    }

    fn event(names: &[&str]) -> String {
        let record = |name: &&str| format!(r#"{{"messageId":"{name}","receiptHandle":"{name}","body":"{name}"}}"#);
        format!(r#"{{"Records":[{}]}}"#, names.iter().map(record).collect::<Vec<_>>().join(","))
    }

    fn reported(handled: &Handled) -> Vec<&str> {
        handled.response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect()
    }

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
        check(&event(&["1", "2"]), Some(2));
        assert!(called(r#"{"Records":[{"body":"a"}]}"#).is_err(), "without an id nothing can be reported");
    }

    #[test]
    fn a_message_that_is_not_done_with_comes_again_alone_and_when_it_should() {
        let world = World::default();
        let minute = Duration::from_secs(60);
        let messages = messages(&event(&["failed", "good", "early", "gone", "slow"])).expect("messages");
        let does = async |message: &Message| match message.body.as_str() {
            "failed" => Err(ComesAgain::failed(Error::new(ErrorKind::Storage, "not now"), minute)),
            "early" | "gone" => Err(ComesAgain::later(minute * 2)),
            "slow" => Err(Error::new(ErrorKind::Storage, "not now").into()),
            _ => Ok(Handled::default()),
        };
        let handled = block_on(each_message(&messages, Deadline::never(&world), &world, does));
        assert_eq!(reported(&handled), ["failed", "early", "gone", "slow"]);
        let hidden = world.hidden.lock().expect("hidden").clone();
        assert_eq!(hidden, [("failed".to_owned(), minute), ("early".to_owned(), minute * 2)]);
        assert_eq!((handled.counts["Records"], handled.counts["Failed"]), (5, 2), "too early is no failure");
        assert_eq!(handled.counts["Awaited"], 2);
        assert_eq!(handled.errors.len(), 3, "that one cannot be hidden is said: {:?}", handled.errors);
    }

    #[test]
    fn what_there_is_no_time_for_is_handed_back() {
        let world = World::default();
        let messages = messages(&event(&["1", "2", "3", "4"])).expect("messages");
        // Half of six seconds may be used, and a look at the clock takes one.
        let deadline = Deadline::after(&world, Duration::from_secs(6));
        let handled = block_on(each_message(&messages, deadline, &world, async |_| Ok(Handled::default())));
        assert_eq!(reported(&handled), ["3", "4"]);
        assert_eq!(handled.counts["NotBegun"], 2);
        assert!(handled.errors.is_empty(), "nothing is wrong with them");
    }
}
