//! What somebody asks of the function that calls out: a call by hand, a call because of a flag in analysed data, or that a
//! number is not called any more.

use aftercall_core::error::Result;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Handled, unreadable};
use crate::outbound::{Outbound, Outcome, PhoneNumber, Trigger, call, flagged};

/// The answer where a record has not the flag.
const NO_FLAG: &str = "no_flag";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Flag {
    record: Value,
    category: String,
    opening_message: String,
    purpose: String,
}

enum Order {
    Call(Trigger),
    Flag(Box<Flag>),
    OptOut(PhoneNumber),
}

/// Reads an order by its fields. No value is in an error: it may be somebody's number.
fn read(event: &str) -> Result<Order> {
    let fields: Value = serde_json::from_str(event).map_err(|_| unreadable("it is no JSON"))?;
    if let Some(number) = fields.get("optOut") {
        let number = number.as_str().ok_or_else(|| unreadable("optOut is no text"))?;
        return PhoneNumber::parse(number).map(Order::OptOut).map_err(|fault| unreadable(format!("optOut: {fault}")));
    }
    if fields.get("record").is_some() {
        let flag = serde_json::from_value(fields);
        let needed = "a flag needs record, category, openingMessage and purpose, and nothing else";
        return flag.map(Box::new).map(Order::Flag).map_err(|_| unreadable(needed));
    }
    Trigger::parse(event).map(Order::Call).map_err(unreadable)
}

/// Does what an order says. The answer's `outcome` is `called`, `already`, `refused` (with `why`, and `again` if the same
/// order may be given at another time), `no_flag` or `opted_out`.
///
/// # Errors
/// An event that is no order, a store's or the service's. The same order can be given again: it calls once.
pub async fn take_order(event: &str, outbound: &Outbound<'_>, now: Timestamp) -> Result<Handled<Value>> {
    let trigger = match read(event)? {
        Order::OptOut(number) => {
            outbound.opt_outs.add(&number).await?;
            return Ok(Handled::new(json!({ "outcome": "opted_out" })).count("OptOuts"));
        }
        Order::Call(trigger) => Some(trigger),
        Order::Flag(flag) => flagged(&flag.record, &flag.category, &flag.opening_message, &flag.purpose),
    };
    let Some(trigger) = trigger else {
        return Ok(Handled::new(json!({ "outcome": NO_FLAG })).count("CallsWithoutFlag"));
    };
    Ok(match call(&trigger, outbound, now).await? {
        Outcome::Called { contact_id } => {
            Handled::new(json!({ "outcome": "called", "contactId": contact_id })).count("CallsMade")
        }
        Outcome::Already => Handled::new(json!({ "outcome": "already" })).count("CallsMadeBefore"),
        Outcome::Refused(refusal) => {
            let answer = json!({
                "outcome": "refused", "why": refusal.as_str(), "detail": refusal.to_string(), "again": refusal.passes(),
            });
            Handled::new(answer).count("CallsRefused")
        }
    })
}
