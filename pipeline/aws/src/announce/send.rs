//! Sends entries in calls of an allowed size, and again what a service refused. It must know no service's types.

use std::time::Duration;

use aftercall_core::error::{Error, ErrorKind, Result, Retry};

use crate::error::{Service, retry_of};

/// How often an entry is sent at the most.
const ROUNDS: u32 = 5;
/// The pause before the second time; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// What one call may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Entries.
    pub entries: usize,
    /// Bytes of all entries.
    pub bytes: usize,
}

/// Sends all entries. `send` makes one call and returns, for each entry in its order, the code with which it was refused.
///
/// # Errors
/// As `send` fails; `Retry::Later` if entries are still refused after five times or have no answer; `Retry::Never` as soon as one is refused
/// for good.
pub async fn send_all<T, F>(
    service: Service,
    entries: Vec<T>,
    limits: Limits,
    size: impl Fn(&T) -> usize,
    send: impl Fn(Vec<T>) -> F,
) -> Result<()>
where
    T: Clone,
    F: Future<Output = Result<Vec<Option<String>>>>,
{
    let mut left = entries;
    let mut pause = FIRST_PAUSE;
    for round in 1..=ROUNDS {
        let mut refused = Vec::new();
        let mut code = String::new();
        for call in calls(left, limits, &size) {
            let answers = send(call.clone()).await?;
            if answers.len() != call.len() {
                // Which entries it left out nobody knows; who listens does each thing once, so all may come again.
                let what = "the service answered for another number of messages than it was sent";
                let error = Error::new(ErrorKind::Storage, what).with("service", service.as_str());
                return Err(error.with("sent", call.len()).with("answered", answers.len()).retry(Retry::Later));
            }
            for (entry, answer) in call.into_iter().zip(answers) {
                if let Some(why) = answer {
                    if retry_of(service, Some(&why), None) == Retry::Never {
                        return Err(refusal(service, &why));
                    }
                    refused.push(entry);
                    code = why;
                }
            }
        }
        if refused.is_empty() {
            return Ok(());
        }
        if round == ROUNDS {
            return Err(refusal(service, &code).with("entries", refused.len()).retry(Retry::Later));
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2);
        left = refused;
    }
    Ok(())
}

fn refusal(service: Service, code: &str) -> Error {
    Error::new(ErrorKind::Storage, "a message was refused").with("service", service.as_str()).with("fault", code)
}

/// The entries as calls, in their order. An entry that is too large by itself is a call by itself: the service says so.
fn calls<T>(entries: Vec<T>, limits: Limits, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut calls = Vec::new();
    let mut call = Vec::new();
    let mut bytes = 0usize;
    for entry in entries {
        let more = size(&entry);
        if !call.is_empty() && (call.len() >= limits.entries || bytes.saturating_add(more) > limits.bytes) {
            calls.push(std::mem::take(&mut call));
            bytes = 0;
        }
        bytes = bytes.saturating_add(more);
        call.push(entry);
    }
    if !call.is_empty() {
        calls.push(call);
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_holds_no_more_than_it_may() {
        let limits = Limits { entries: 3, bytes: 10 };
        let of = |sizes: &[usize]| calls(sizes.to_vec(), limits, |size| *size);
        assert!(of(&[]).is_empty());
        assert_eq!(of(&[1, 1, 1, 1]), [vec![1, 1, 1], vec![1]]);
        assert_eq!(of(&[6, 4, 1]), [vec![6, 4], vec![1]]);
        assert_eq!(of(&[6, 5]), [vec![6], vec![5]]);
        assert_eq!(of(&[1, 20, 1]), [vec![1], vec![20], vec![1]]);
    }
}
