//! The rows of one day until they are written: all tables side by side, so that a contact is whole in one pass, and sorted
//! when they become files.

use aftercall_core::error::Result;
use aftercall_core::rows::{self, Revision};
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_schemas::results::AnalysisState;
use aftercall_schemas::rows::{
    CategoryRow, ContactRow, EntityRow, FirstResponseRow, QuarantineRow, SentimentQuarterRow, SummaryRow,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::encode::{encode, encode_turns};
use crate::revision::Loaded;
use crate::tables::Table;

/// Rows of one day.
#[derive(Default)]
pub struct Day {
    contacts: Vec<ContactRow>,
    /// Turns stay in their conversations until they are written.
    held: Vec<Held>,
    turns: usize,
    quarters: Vec<SentimentQuarterRow>,
    summaries: Vec<SummaryRow>,
    categories: Vec<CategoryRow>,
    entities: Vec<EntityRow>,
    first_responses: Vec<FirstResponseRow>,
    quarantine: Vec<QuarantineRow>,
}

/// A Parquet file of a table.
#[derive(Debug)]
pub struct Encoded {
    /// The table.
    pub table: Table,
    /// Rows.
    pub rows: u64,
    /// The file.
    pub bytes: Vec<u8>,
}

/// A published revision that is held until its turns are written.
pub struct Held {
    /// Its objects.
    pub loaded: Loaded,
    /// Its number.
    pub number: u32,
    /// When it was published.
    pub published_at: Timestamp,
}

impl Held {
    /// What rows are made of.
    pub fn revision(&self) -> Revision<'_> {
        Revision {
            conversation: self.loaded.conversation.conversation(),
            analysis: &self.loaded.analysis,
            number: self.number,
            published_at: self.published_at,
        }
    }

    fn key(&self) -> (&str, &str, u32) {
        let conversation = self.loaded.conversation.conversation();
        (&conversation.instance_id, &conversation.contact_id, self.number)
    }
}

impl Day {
    /// Rows of all tables.
    pub fn rows(&self) -> usize {
        self.contacts.len()
            + self.turns
            + self.quarters.len()
            + self.summaries.len()
            + self.categories.len()
            + self.entities.len()
            + self.first_responses.len()
            + self.quarantine.len()
    }

    /// Adds the rows of a published revision.
    pub fn add(&mut self, held: Held, zone: &TimeZone) {
        let revision = held.revision();
        self.contacts.push(rows::contact(revision, zone));
        self.quarters.extend(rows::sentiment_quarters(revision));
        self.summaries.extend(rows::summaries(revision));
        self.categories.extend(rows::categories(revision));
        self.entities.extend(rows::entities(revision));
        self.first_responses.extend(rows::first_responses(revision));
        let turns =
            if held.loaded.analysis.state == AnalysisState::Moved { 0 } else { revision.conversation.turns.len() };
        if turns > 0 {
            self.turns += turns;
            self.held.push(held);
        }
    }

    /// Adds the row of a quarantine entry.
    pub fn add_quarantined(&mut self, entry: &QuarantineEntry) {
        self.quarantine.push(rows::quarantined(entry));
    }

    /// Takes over the rows of another, behind its own.
    pub fn append(&mut self, other: &mut Self) {
        self.contacts.append(&mut other.contacts);
        self.held.append(&mut other.held);
        self.turns += std::mem::take(&mut other.turns);
        self.quarters.append(&mut other.quarters);
        self.summaries.append(&mut other.summaries);
        self.categories.append(&mut other.categories);
        self.entities.append(&mut other.entities);
        self.first_responses.append(&mut other.first_responses);
        self.quarantine.append(&mut other.quarantine);
    }

    /// The files of all rows, one a table that has any. Nothing is left.
    pub fn take_files(&mut self) -> Result<Vec<Encoded>> {
        let day = std::mem::take(self);
        // Turns are most of it: another core takes the rest meanwhile.
        std::thread::scope(|scope| {
            let (held, rows) = (day.held, day.turns);
            let turns = scope.spawn(move || turns_file(held, rows));
            let others = [
                file(Table::Contacts, day.contacts)?,
                file(Table::SentimentQuarters, day.quarters)?,
                file(Table::Summaries, day.summaries)?,
                file(Table::Categories, day.categories)?,
                file(Table::Entities, day.entities)?,
                file(Table::FirstResponses, day.first_responses)?,
                file(Table::Quarantine, day.quarantine)?,
            ];
            let turns = match turns.join() {
                Ok(turns) => turns?,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            Ok(turns.into_iter().chain(others.into_iter().flatten()).collect())
        })
    }
}

fn turns_file(mut held: Vec<Held>, rows: usize) -> Result<Option<Encoded>> {
    if rows == 0 {
        return Ok(None);
    }
    held.sort_by(|a, b| a.key().cmp(&b.key()));
    let bytes = encode_turns(rows, held.iter().map(Held::revision))?;
    Ok(Some(Encoded { table: Table::Turns, rows: rows as u64, bytes }))
}

fn file<Row: Serialize + Sorted>(table: Table, mut rows: Vec<Row>) -> Result<Option<Encoded>> {
    if rows.is_empty() {
        return Ok(None);
    }
    // Rows of a contact lie together and contacts in order, so that row groups and pages can be skipped. The sort keeps
    // the order of a contact's rows among themselves.
    rows.sort_by(|a, b| a.key().cmp(&b.key()));
    Ok(Some(Encoded { table, rows: rows.len() as u64, bytes: encode(table, &rows)? }))
}

/// What the rows of a file are sorted by.
trait Sorted {
    fn key(&self) -> (&str, &str, i64);
}

macro_rules! sorted_by_revision {
    ($($row:ty),+) => {
        $(impl Sorted for $row {
            fn key(&self) -> (&str, &str, i64) {
                (&self.instance_id, &self.contact_id, self.revision)
            }
        })+
    };
}

sorted_by_revision!(ContactRow, SentimentQuarterRow, SummaryRow, CategoryRow, EntityRow, FirstResponseRow);

impl Sorted for QuarantineRow {
    fn key(&self) -> (&str, &str, i64) {
        (&self.reason, &self.quarantine_id, self.quarantined_at.as_millisecond())
    }
}
