//! The rows of one day until they are written: all tables side by side, so that a contact is whole in one pass, and sorted
//! when they become files.

use aftercall_core::error::Result;
use aftercall_core::rows::{self, Revision};
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_schemas::rows::{
    CategoryRow, ContactRow, EntityRow, FirstResponseRow, QuarantineRow, SentimentQuarterRow, SummaryRow,
};
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::encode::{encode, encode_turns};
use crate::tables::Table;
use crate::turns::SortedTurns;

/// Rows of one day.
#[derive(Default)]
pub struct Day {
    #[expect(
        clippy::vec_box,
        reason = "a row is a kilobyte wide, and is moved when the list grows and when it is sorted"
    )]
    contacts: Vec<Box<ContactRow>>,
    /// Turns are most of it, so they are columns from the beginning.
    turns: SortedTurns,
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

impl Day {
    /// Rows of all tables.
    pub fn rows(&self) -> usize {
        self.contacts.len()
            + self.turns.rows()
            + self.quarters.len()
            + self.summaries.len()
            + self.categories.len()
            + self.entities.len()
            + self.first_responses.len()
            + self.quarantine.len()
    }

    /// Adds the rows of published revisions, in their order.
    pub fn add(&mut self, revisions: &[Revision<'_>], zone: &TimeZone) -> Result<()> {
        for revision in revisions.iter().copied() {
            self.contacts.push(Box::new(rows::contact(revision, zone)));
            self.quarters.extend(rows::sentiment_quarters(revision));
            self.summaries.extend(rows::summaries(revision));
            self.categories.extend(rows::categories(revision));
            self.entities.extend(rows::entities(revision));
            self.first_responses.extend(rows::first_responses(revision));
        }
        self.turns.add(revisions)
    }

    /// Adds the row of a quarantine entry.
    pub fn add_quarantined(&mut self, entry: &QuarantineEntry) {
        self.quarantine.push(rows::quarantined(entry));
    }

    /// Takes over the rows of another, behind its own.
    pub fn append(&mut self, other: &mut Self) {
        self.contacts.append(&mut other.contacts);
        self.turns.append(&mut other.turns);
        self.quarters.append(&mut other.quarters);
        self.summaries.append(&mut other.summaries);
        self.categories.append(&mut other.categories);
        self.entities.append(&mut other.entities);
        self.first_responses.append(&mut other.first_responses);
        self.quarantine.append(&mut other.quarantine);
    }

    /// The files of all rows, one a table that has any.
    pub fn into_files(self) -> Result<Vec<Encoded>> {
        let turns = turns_file(self.turns)?;
        let others = [
            file(Table::Contacts, self.contacts)?,
            file(Table::SentimentQuarters, self.quarters)?,
            file(Table::Summaries, self.summaries)?,
            file(Table::Categories, self.categories)?,
            file(Table::Entities, self.entities)?,
            file(Table::FirstResponses, self.first_responses)?,
            file(Table::Quarantine, self.quarantine)?,
        ];
        Ok(turns.into_iter().chain(others.into_iter().flatten()).collect())
    }
}

fn turns_file(turns: SortedTurns) -> Result<Option<Encoded>> {
    let rows = turns.rows();
    if rows == 0 {
        return Ok(None);
    }
    Ok(Some(Encoded { table: Table::Turns, rows: rows as u64, bytes: encode_turns(turns)? }))
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

impl<Row: Sorted> Sorted for Box<Row> {
    fn key(&self) -> (&str, &str, i64) {
        self.as_ref().key()
    }
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
