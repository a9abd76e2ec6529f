//! The daily budget: before a call the most that it can cost is reserved, after it what it cost takes its place. A worker
//! that dies in between leaves the most reserved: the error is on the side of spending less, and what would have found room
//! without it waits for the next day.

use std::time::Duration;

use aftercall_core::error::{Error, ErrorKind, Result, Retry};
use aftercall_stages::ports::Spending;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::cost::Prices;

/// How long calls in flight are waited for before they are looked at again.
const IN_FLIGHT: Duration = Duration::from_secs(60);

/// The most of a day.
pub struct Budget {
    limit: i64,
}

/// What was reserved, and on which day.
pub struct Reserved {
    day: Date,
    amount: i64,
}

impl Budget {
    /// A budget of this many US dollars a day, if there is one.
    pub fn new(usd: Option<f64>, prices: &Prices) -> Result<Option<Self>> {
        let Some(usd) = usd else { return Ok(None) };
        let wrong = |what: &str| Err(Error::new(ErrorKind::Config, what));
        if !usd.is_finite() || usd < 0.0 {
            return wrong("bedrock.daily_budget_usd has to be a number of US dollars");
        }
        if !prices.are_known() {
            return wrong(
                "bedrock.daily_budget_usd needs bedrock.input_usd_per_million and bedrock.output_usd_per_million",
            );
        }
        // A cast from f64 saturates.
        let limit = (usd * 1e6) as i64;
        Ok(Some(Self { limit }))
    }

    /// A budget that only looks: of calls whose cost nobody tells.
    #[cfg(feature = "bedrock-agent")]
    pub fn looking(usd: f64) -> Self {
        Self { limit: (usd * 1e6) as i64 }
    }

    /// Reserves `most` on the day of `now` (UTC).
    ///
    /// # Errors
    /// `Retry::Never`, beginning with `skipped_budget`, if the day's budget has no room for it. `Retry::After`, if only calls in
    /// flight are in its way: each holds the most that it can cost, which is many times what it will have cost.
    pub async fn reserve(&self, spending: &dyn Spending, now: Timestamp, most: i64) -> Result<Reserved> {
        if let Some(reserved) = self.reserve_if_room(spending, now, most).await? {
            return Ok(reserved);
        }
        let day = day_of(now);
        if spending.settled(day).await?.saturating_add(most) <= self.limit {
            let waits = "calls in flight hold the rest of the day's budget for the language model";
            return Err(Error::new(ErrorKind::Provider, waits).with("day", day).retry(Retry::After(IN_FLIGHT)));
        }
        let skipped = "skipped_budget: the day's budget for the language model has no room for this answer";
        Err(Error::new(ErrorKind::Provider, skipped).with("day", day))
    }

    /// The same; nothing if the day's budget has no room for it.
    pub async fn reserve_if_room(
        &self,
        spending: &dyn Spending,
        now: Timestamp,
        most: i64,
    ) -> Result<Option<Reserved>> {
        let day = day_of(now);
        Ok(spending.reserve(day, most, self.limit).await?.then_some(Reserved { day, amount: most }))
    }

    /// Whether the day's budget is used up.
    #[cfg(feature = "bedrock-agent")]
    pub async fn is_used_up(&self, spending: &dyn Spending, now: Timestamp) -> Result<bool> {
        Ok(spending.spent(day_of(now)).await? >= self.limit)
    }

    /// Puts what a call cost in the place of what was reserved. `None`: it is not known, so all of it stays reserved.
    pub async fn settle(&self, spending: &dyn Spending, reserved: Reserved, actual: Option<i64>) {
        let Some(actual) = actual else { return };
        // The answer is paid for and must not be lost for this: what cannot be settled stays reserved.
        drop(spending.settle(reserved.day, reserved.amount, actual).await);
    }
}

fn day_of(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}
