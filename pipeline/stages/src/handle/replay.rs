//! Takes documents of the archive in again, as they came, by the days on which they came: for a later version that reads more
//! of them, or into tables that lost theirs. What is there already changes nothing. Documents are taken by day and name, a part
//! of them a call; the answer says where the next call goes on.

use aftercall_core::error::{ErrorKind, Result};
use aftercall_core::formats::DecodeContext;
use futures_util::{StreamExt, stream};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::deadline::Deadline;
use super::redrive::Redriven;
use crate::archive::{kept, names, take_again};
use crate::ingest::IngestPorts;

/// Documents that are taken in at the same time.
const AT_ONCE: usize = 16;
/// Names that are listed at a time.
const PAGE: usize = 256;

/// Which documents.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// First day of arrival, UTC.
    pub first_day: Date,
    /// Last day of arrival, UTC.
    pub last_day: Date,
    /// Where the call before has ended: its answer's `next`.
    #[serde(default)]
    pub after: Option<Place>,
    /// This many at the most.
    #[serde(default = "default_limit")]
    pub limit: usize,
}

fn default_limit() -> usize {
    10_000
}

/// A place in the archive: after this document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The day.
    pub day: Date,
    /// The document's name; none before the first of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Takes the documents in, as long as there is time. A document that is gone or broken is counted as left; `next` is where
/// the following call begins.
///
/// # Errors
/// A store fails: the same call again does what is left.
pub(crate) async fn from_archive(
    ports: IngestPorts<'_>,
    context: &DecodeContext,
    deadline: Deadline<'_>,
    replay: &Replay,
) -> Result<Redriven> {
    let mut redriven = Redriven::default();
    let mut place = replay.after.clone().unwrap_or(Place { day: replay.first_day, name: None });
    while place.day <= replay.last_day {
        let room = usize::try_from(redriven.used + redriven.left).map_or(0, |done| replay.limit.saturating_sub(done));
        if room == 0 || !deadline.has_time() {
            redriven.next = Some(place);
            return Ok(redriven);
        }
        let page = names(ports.objects, place.day, place.name.as_deref(), room.min(PAGE)).await?;
        let Some(last) = page.last() else {
            let Ok(day) = place.day.tomorrow() else { return Ok(redriven) };
            place = Place { day, name: None };
            continue;
        };
        let day = place.day;
        let takes = page.iter().map(|name| again(ports, context, day, name));
        let taken: Vec<Result<bool>> = stream::iter(takes).buffered(AT_ONCE).collect().await;
        for (name, taken) in page.iter().zip(taken) {
            let taken = match taken {
                // Others of the same contact were in its way; alone it is not.
                Err(error) if error.kind == ErrorKind::Conflict => again(ports, context, day, name).await,
                taken => taken,
            };
            if taken? {
                redriven.used += 1;
            } else {
                redriven.left += 1;
            }
        }
        place.name = Some(last.clone());
    }
    Ok(redriven)
}

/// Takes a document in again; says whether all of it is of use.
async fn again(ports: IngestPorts<'_>, context: &DecodeContext, day: Date, name: &str) -> Result<bool> {
    let taken = async { take_again(ports.objects, ports, context, &kept(ports.objects, day, name).await?).await };
    match taken.await {
        Ok(taken) => Ok(taken.quarantined.is_empty()),
        Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Corrupt) => Ok(false),
        Err(error) => Err(error),
    }
}
