//! The queue of the function that calls out: contacts in which the pipeline found categories. Who may not be called yet comes
//! again after a while. What a flag means is `aftercall_voice::outbound`.

use aftercall_core::error::Result;
use aftercall_function::report::report;
use aftercall_stages::handle::again::{ComesAgain, HideMessage, each_message, messages};
use aftercall_stages::handle::envelope::Message;
use aftercall_stages::handle::{BatchResponse, Deadline, Handled};
use aftercall_voice::handle::{flag_comes_again, take_flagged};
use aftercall_voice::outbound::{ContactBook, Outbound};
use jiff::Timestamp;

/// The program's name.
pub const FUNCTION: &str = "outbound-call";

/// Takes a batch of flagged contacts.
///
/// # Errors
/// An event that is no batch.
pub async fn take_flags(
    event: &str,
    contacts: &dyn ContactBook,
    outbound: &Outbound<'_>,
    deadline: Deadline<'_>,
    queue: &dyn HideMessage,
) -> Result<BatchResponse> {
    let does = async |message: &Message| {
        let taken = take_flagged(&message.body, contacts, outbound, Timestamp::now()).await;
        let after = flag_comes_again(&taken);
        let error = match taken {
            Ok(handled) => {
                report(FUNCTION, &handled.counts, &handled.millis, &handled.faults);
                None
            }
            Err(error) => Some(error),
        };
        match after {
            Some(_) => Err(ComesAgain { error, after }),
            None => Ok(Handled::default()),
        }
    };
    let handled = each_message(&messages(event)?, deadline, queue, does).await;
    report(FUNCTION, &handled.counts, &[].into(), &handled.errors);
    Ok(handled.response)
}
