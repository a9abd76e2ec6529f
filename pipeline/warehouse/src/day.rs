//! The rows of one day until they are written: all tables side by side, so that a contact is whole in one pass, and sorted
//! when they become files.

use aftercall_core::error::Result;
use aftercall_core::rows::{self, Revision};
use aftercall_schemas::ContactKey;
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_schemas::rows::QuarantineRow;
use jiff::tz::TimeZone;

use crate::order::{Order, Run};
use crate::rows::{Rows, encode_rows};
use crate::tables::Table;
use crate::turns::{TurnColumns, encode_turns};

/// Rows of one day, or of a part of it.
#[derive(Default)]
pub struct Day {
    revisions: Vec<Added>,
    contacts: Rows,
    turns: TurnColumns,
    quarters: Rows,
    summaries: Rows,
    categories: Rows,
    entities: Rows,
    first_responses: Rows,
    quarantine: Vec<QuarantineRow>,
}

/// Rows by table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Counts {
    contacts: usize,
    turns: usize,
    quarters: usize,
    summaries: usize,
    categories: usize,
    entities: usize,
    first_responses: usize,
}

/// A revision whose rows were added: they lie between two counts in each table. The order is that of files: rows of a
/// contact lie together and contacts in order, so that row groups and pages can be skipped.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Added {
    contact: ContactKey,
    number: u32,
    before: Counts,
    after: Counts,
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
        let Counts { contacts, turns, quarters, summaries, categories, entities, first_responses } = self.counts();
        contacts + turns + quarters + summaries + categories + entities + first_responses + self.quarantine.len()
    }

    fn counts(&self) -> Counts {
        Counts {
            contacts: self.contacts.rows(),
            turns: self.turns.rows(),
            quarters: self.quarters.rows(),
            summaries: self.summaries.rows(),
            categories: self.categories.rows(),
            entities: self.entities.rows(),
            first_responses: self.first_responses.rows(),
        }
    }

    /// Adds the rows of a published revision.
    pub fn add(&mut self, revision: Revision<'_>, zone: &TimeZone) -> Result<()> {
        let before = self.counts();
        self.contacts.add(Table::Contacts, &rows::contact(revision, zone))?;
        self.turns.add(revision);
        for row in rows::sentiment_quarters(revision) {
            self.quarters.add(Table::SentimentQuarters, &row)?;
        }
        for row in rows::summaries(revision) {
            self.summaries.add(Table::Summaries, &row)?;
        }
        for row in rows::categories(revision) {
            self.categories.add(Table::Categories, &row)?;
        }
        for row in rows::entities(revision) {
            self.entities.add(Table::Entities, &row)?;
        }
        for row in rows::first_responses(revision) {
            self.first_responses.add(Table::FirstResponses, &row)?;
        }
        let conversation = revision.conversation;
        let contact = ContactKey::new(&conversation.instance_id, &conversation.contact_id);
        self.revisions.push(Added { contact, number: revision.number, before, after: self.counts() });
        Ok(())
    }

    /// Adds the row of a quarantine entry.
    pub fn add_quarantined(&mut self, entry: &QuarantineEntry) {
        self.quarantine.push(rows::quarantined(entry));
    }
}

/// The files of all rows of a day, one a table that has any.
pub fn files(parts: Vec<Day>) -> Result<Vec<Encoded>> {
    let mut revisions: Vec<(Added, usize)> = Vec::new();
    let mut turns = Vec::new();
    let [mut contacts, mut quarters, mut summaries, mut categories, mut entities, mut first_responses] =
        [const { Vec::new() }; 6];
    let mut quarantine = Vec::new();
    for (part, day) in parts.into_iter().enumerate() {
        revisions.extend(day.revisions.into_iter().map(|added| (added, part)));
        turns.push(day.turns);
        contacts.push(day.contacts);
        quarters.push(day.quarters);
        summaries.push(day.summaries);
        categories.push(day.categories);
        entities.push(day.entities);
        first_responses.push(day.first_responses);
        quarantine.extend(day.quarantine);
    }
    revisions.sort_unstable();
    let order = |of: fn(&Counts) -> usize| {
        Order::new(revisions.iter().enumerate().map(|(revision, (added, part))| Run {
            revision,
            part: *part,
            rows: of(&added.before)..of(&added.after),
        }))
    };
    let mut files = Vec::new();
    let of_turns = order(|counts| counts.turns);
    if of_turns.rows() > 0 {
        let whose = |revision: usize| revisions.get(revision).map(|(added, _)| (&added.contact, added.number));
        let bytes = encode_turns(turns, &of_turns, whose)?;
        files.push(Encoded { table: Table::Turns, rows: of_turns.rows() as u64, bytes });
    }
    let mut add = |table: Table, parts: Vec<Rows>, order: Order| -> Result<()> {
        if order.rows() > 0 {
            files.push(Encoded { table, rows: order.rows() as u64, bytes: encode_rows(table, parts, &order)? });
        }
        Ok(())
    };
    add(Table::Contacts, contacts, order(|counts| counts.contacts))?;
    add(Table::SentimentQuarters, quarters, order(|counts| counts.quarters))?;
    add(Table::Summaries, summaries, order(|counts| counts.summaries))?;
    add(Table::Categories, categories, order(|counts| counts.categories))?;
    add(Table::Entities, entities, order(|counts| counts.entities))?;
    add(Table::FirstResponses, first_responses, order(|counts| counts.first_responses))?;
    let (rows, order) = sorted_quarantine(quarantine)?;
    add(Table::Quarantine, vec![rows], order)?;
    Ok(files)
}

/// Rows of no revision, in the order of their file.
fn sorted_quarantine(mut entries: Vec<QuarantineRow>) -> Result<(Rows, Order)> {
    let key = |row: &QuarantineRow| (row.reason.clone(), row.quarantine_id.clone(), row.quarantined_at);
    entries.sort_by_cached_key(key);
    let mut rows = Rows::default();
    for row in &entries {
        rows.add(Table::Quarantine, row)?;
    }
    Ok((rows, Order::new(std::iter::once(Run { revision: 0, part: 0, rows: 0..entries.len() }))))
}
