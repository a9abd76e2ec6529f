//! Rows until they are written. Each table of each day has a heap of its own, which is sorted when it becomes a file: so
//! several cores make the files of a day.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::rows::{self, Revision, RowTurn};
use aftercall_schemas::ContactKey;
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_schemas::rows::QuarantineRow;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::order::{Order, Run};
use crate::rows::{Rows, encode_rows};
use crate::tables::Table;
use crate::turns::{TurnColumns, encode_turns};

/// Whose rows a heap has.
pub(crate) type Place = (Date, Table);

/// A revision whose rows were added to a heap. The order is that of files: rows of a contact lie together and contacts in
/// order, so that row groups and pages can be skipped.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Added {
    contact: Arc<ContactKey>,
    number: u32,
    begin: usize,
    end: usize,
}

enum Values {
    Turns(Box<TurnColumns>),
    Rows(Rows),
    Quarantine(Vec<QuarantineRow>),
}

/// Rows of a table and a day, in the order in which they came.
pub(crate) struct Heap {
    revisions: Vec<Added>,
    values: Values,
}

impl Heap {
    fn of(table: Table) -> Self {
        let values = match table {
            Table::Turns => Values::Turns(Box::default()),
            Table::Quarantine => Values::Quarantine(Vec::new()),
            _ => Values::Rows(Rows::default()),
        };
        Self { revisions: Vec::new(), values }
    }

    /// How many rows.
    pub(crate) fn rows(&self) -> usize {
        match &self.values {
            Values::Turns(turns) => turns.rows(),
            Values::Rows(rows) => rows.rows(),
            Values::Quarantine(entries) => entries.len(),
        }
    }
}

/// The heaps that one core adds to.
#[derive(Default)]
pub(crate) struct Heaps(BTreeMap<Place, Heap>);

impl Heaps {
    /// Adds the rows of a published revision. Says how many.
    pub(crate) fn add<T: RowTurn>(&mut self, revision: Revision<'_, T>, zone: &TimeZone) -> Result<usize> {
        let conversation = revision.conversation;
        let mut adding = Adding {
            heaps: &mut self.0,
            day: rows::day(revision),
            contact: Arc::new(ContactKey::new(&conversation.instance_id, &conversation.contact_id)),
            number: revision.number,
            rows: 0,
        };
        adding.add(Table::Contacts, |heap| heap.add(Table::Contacts, &rows::contact(revision, zone)))?;
        adding.add(Table::Turns, |heap| match &mut heap.values {
            Values::Turns(turns) => {
                turns.add(revision);
                Ok(())
            }
            _ => Err(misplaced(Table::Turns)),
        })?;
        adding.add(Table::SentimentQuarters, |heap| {
            let mut added = Ok(());
            rows::each_quarter(revision, |row| {
                if added.is_ok() {
                    added = heap.add(Table::SentimentQuarters, row);
                }
            });
            added
        })?;
        adding.add_all(Table::Summaries, &rows::summaries(revision))?;
        adding.add_all(Table::Categories, &rows::categories(revision))?;
        adding.add_all(Table::Entities, &rows::entities(revision))?;
        adding.add_all(Table::FirstResponses, &rows::first_responses(revision))?;
        Ok(adding.rows)
    }

    /// Adds the row of a quarantine entry.
    pub(crate) fn add_quarantined(&mut self, entry: &QuarantineEntry) -> Result<()> {
        let place = (rows::quarantined_day(entry), Table::Quarantine);
        let heap = self.0.entry(place).or_insert_with(|| Heap::of(Table::Quarantine));
        match &mut heap.values {
            Values::Quarantine(entries) => {
                entries.push(rows::quarantined(entry));
                Ok(())
            }
            _ => Err(misplaced(Table::Quarantine)),
        }
    }

    /// Places and how many rows they have.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (Place, usize)> {
        self.0.iter().map(|(place, heap)| (*place, heap.rows())).filter(|(_, rows)| *rows > 0)
    }

    /// Takes a heap away.
    pub(crate) fn take(&mut self, place: Place) -> Option<Heap> {
        self.0.remove(&place)
    }
}

impl Heap {
    fn add<Row: Serialize>(&mut self, table: Table, row: &Row) -> Result<()> {
        match &mut self.values {
            Values::Rows(rows) => rows.add(table, row),
            Values::Turns(_) | Values::Quarantine(_) => Err(misplaced(table)),
        }
    }
}

/// A row in the heap of another table, which would be lost there: a fault of this program.
fn misplaced(table: Table) -> Error {
    Error::new(ErrorKind::Corrupt, "a row has no place in its heap").with("table", table.name())
}

/// Adds the rows of one revision.
struct Adding<'a> {
    heaps: &'a mut BTreeMap<Place, Heap>,
    day: Date,
    contact: Arc<ContactKey>,
    number: u32,
    /// Rows that were added.
    rows: usize,
}

impl Adding<'_> {
    fn add(&mut self, table: Table, add: impl FnOnce(&mut Heap) -> Result<()>) -> Result<()> {
        let heap = self.heaps.entry((self.day, table)).or_insert_with(|| Heap::of(table));
        let begin = heap.rows();
        add(heap)?;
        let end = heap.rows();
        if begin < end {
            let contact = Arc::clone(&self.contact);
            heap.revisions.push(Added { contact, number: self.number, begin, end });
        }
        self.rows += end - begin;
        Ok(())
    }

    fn add_all<Row: Serialize>(&mut self, table: Table, rows: &[Row]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.add(table, |heap| rows.iter().try_for_each(|row| heap.add(table, row)))
    }
}

/// The Parquet file of heaps of one table.
pub(crate) fn file(table: Table, heaps: Vec<Heap>) -> Result<Vec<u8>> {
    let mut revisions: Vec<(Added, usize)> = Vec::new();
    let (mut turns, mut rows, mut quarantine) = (Vec::new(), Vec::new(), Vec::new());
    for (part, heap) in heaps.into_iter().enumerate() {
        revisions.extend(heap.revisions.into_iter().map(|added| (added, part)));
        match heap.values {
            Values::Turns(part) => turns.push(*part),
            Values::Rows(part) => rows.push(part),
            Values::Quarantine(part) => quarantine.extend(part),
        }
    }
    if table == Table::Quarantine {
        let (rows, whole) = sorted_quarantine(quarantine)?;
        return encode_rows(table, vec![rows], &Order::new(std::iter::once(whole)));
    }
    revisions.sort_unstable();
    let run = |(revision, (added, part)): (usize, &(Added, usize))| {
        let rows: Range<usize> = added.begin..added.end;
        Run { revision, part: *part, rows }
    };
    let order = Order::new(revisions.iter().enumerate().map(run));
    if table == Table::Turns {
        let whose = |revision: usize| revisions.get(revision).map(|(added, _)| (&*added.contact, added.number));
        return encode_turns(turns, &order, whose);
    }
    encode_rows(table, rows, &order)
}

/// Rows of no revision, in the order of their file.
fn sorted_quarantine(mut entries: Vec<QuarantineRow>) -> Result<(Rows, Run)> {
    let key = |row: &QuarantineRow| (row.reason.clone(), row.quarantine_id.clone(), row.quarantined_at);
    entries.sort_by_cached_key(key);
    let mut rows = Rows::default();
    for row in &entries {
        rows.add(Table::Quarantine, row)?;
    }
    Ok((rows, Run { revision: 0, part: 0, rows: 0..entries.len() }))
}
