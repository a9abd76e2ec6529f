//! Turns to columns, one look at each, so that a conversation need not be kept until its file is written. Only the table
//! `turns` has this: it is most of all rows. That it writes what the rows of the core say is tested.

use std::sync::Arc;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_core::rows::{Revision, TurnRef, each_turn};
use arrow_array::builder::{Int64Builder, ListBuilder, StringBuilder, TimestampMillisecondBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field};
use arrow_select::interleave::interleave_record_batch;

use crate::tables::Table;

/// Bytes of an id, of a word, and of what is said, for the room that columns begin with.
const UUID: usize = 36;
const WORD: usize = 8;
const SENTENCE: usize = 64;

/// The turns of revisions, in the order of contacts.
#[derive(Default)]
pub(crate) struct SortedTurns {
    batches: Vec<RecordBatch>,
    revisions: Vec<Lying>,
    rows: usize,
}

/// Where the turns of a revision lie. The order is that of the file.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Lying {
    instance_id: String,
    contact_id: String,
    revision: u32,
    batch: usize,
    begin: usize,
    rows: usize,
}

impl SortedTurns {
    /// Turns.
    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    /// Adds the turns of revisions.
    pub(crate) fn add(&mut self, revisions: &[Revision<'_>]) -> Result<()> {
        let turns = revisions.iter().map(|revision| revision.conversation.turns.len()).sum();
        let mut columns = TurnColumns::with_capacity(turns);
        for revision in revisions.iter().copied() {
            let begin = columns.rows;
            each_turn(revision, |row| columns.add_row(row));
            let rows = columns.rows - begin;
            if rows > 0 {
                let instance_id = revision.conversation.instance_id.clone();
                let contact_id = revision.conversation.contact_id.clone();
                let batch = self.batches.len();
                self.revisions.push(Lying { instance_id, contact_id, revision: revision.number, batch, begin, rows });
            }
        }
        if columns.rows > 0 {
            self.rows += columns.rows;
            let batch = columns.finish();
            self.batches.push(batch.map_err(|error| {
                Error::new(ErrorKind::Storage, "turns cannot be columns").with("table", "turns").because(error)
            })?);
        }
        Ok(())
    }

    /// Takes over the turns of another.
    pub(crate) fn append(&mut self, other: &mut Self) {
        let before = self.batches.len();
        self.batches.append(&mut other.batches);
        self.revisions.extend(other.revisions.drain(..).map(|lying| Lying { batch: lying.batch + before, ..lying }));
        self.rows += std::mem::take(&mut other.rows);
    }

    /// The turns in the order of contacts, `rows` at a time.
    pub(crate) fn into_batches(
        mut self,
        rows: usize,
    ) -> impl Iterator<Item = std::result::Result<RecordBatch, ArrowError>> {
        self.revisions.sort_unstable();
        let place =
            |lying: &Lying| (lying.begin..lying.begin + lying.rows).map(|row| (lying.batch, row)).collect::<Vec<_>>();
        let places: Vec<(usize, usize)> = self.revisions.iter().flat_map(place).collect();
        let mut begin = 0;
        std::iter::from_fn(move || {
            let of_batch = places.get(begin..places.len().min(begin + rows)).filter(|places| !places.is_empty())?;
            begin += of_batch.len();
            let batches: Vec<&RecordBatch> = self.batches.iter().collect();
            Some(interleave_record_batch(&batches, of_batch))
        })
    }
}

/// The columns of the table `turns` as they are filled, in the order of the table.
struct TurnColumns {
    instance_id: StringBuilder,
    contact_id: StringBuilder,
    revision: Int64Builder,
    turn: Int64Builder,
    turn_id: StringBuilder,
    participant_id: StringBuilder,
    participant_role: StringBuilder,
    speaker_role_source: StringBuilder,
    begin_offset_ms: Int64Builder,
    end_offset_ms: Int64Builder,
    begin_timestamp: TimestampMillisecondBuilder,
    language_locale: StringBuilder,
    sentiment: StringBuilder,
    redaction_kinds: ListBuilder<StringBuilder>,
    content: StringBuilder,
    rows: usize,
}

impl TurnColumns {
    /// Without rows; room for as many.
    fn with_capacity(rows: usize) -> Self {
        let text = |bytes: usize| StringBuilder::with_capacity(rows, rows * bytes);
        let integer = || Int64Builder::with_capacity(rows);
        let kinds = ListBuilder::with_capacity(text(0), rows).with_field(Field::new("item", DataType::Utf8, false));
        Self {
            instance_id: text(UUID),
            contact_id: text(UUID),
            revision: integer(),
            turn: integer(),
            turn_id: text(UUID),
            participant_id: text(WORD),
            participant_role: text(WORD),
            speaker_role_source: text(WORD),
            begin_offset_ms: integer(),
            end_offset_ms: integer(),
            begin_timestamp: TimestampMillisecondBuilder::with_capacity(rows).with_timezone("UTC"),
            language_locale: text(WORD),
            sentiment: text(WORD),
            redaction_kinds: kinds,
            content: text(SENTENCE),
            rows: 0,
        }
    }

    fn add_row(&mut self, row: TurnRef<'_>) {
        self.rows += 1;
        self.instance_id.append_value(row.instance_id);
        self.contact_id.append_value(row.contact_id);
        self.revision.append_value(row.revision);
        self.turn.append_value(row.position);
        self.turn_id.append_value(&row.turn.turn_id);
        self.participant_id.append_value(row.participant_id);
        self.participant_role.append_value(row.role.as_str());
        self.speaker_role_source.append_value(row.speaker_role_source);
        self.begin_offset_ms.append_option(row.turn.begin_offset_millis);
        self.end_offset_ms.append_option(row.turn.end_offset_millis);
        self.begin_timestamp.append_option(row.begun.map(jiff::Timestamp::as_millisecond));
        self.language_locale.append_option(row.language);
        self.sentiment.append_option(row.sentiment.map(|label| label.as_str()));
        for redaction in &row.turn.redactions {
            self.redaction_kinds.values().append_value(&redaction.kind);
        }
        self.redaction_kinds.append(true);
        self.content.append_value(&row.turn.content);
    }

    /// The rows as a batch.
    fn finish(mut self) -> std::result::Result<RecordBatch, ArrowError> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.instance_id.finish()),
            Arc::new(self.contact_id.finish()),
            Arc::new(self.revision.finish()),
            Arc::new(self.turn.finish()),
            Arc::new(self.turn_id.finish()),
            Arc::new(self.participant_id.finish()),
            Arc::new(self.participant_role.finish()),
            Arc::new(self.speaker_role_source.finish()),
            Arc::new(self.begin_offset_ms.finish()),
            Arc::new(self.end_offset_ms.finish()),
            Arc::new(self.begin_timestamp.finish()),
            Arc::new(self.language_locale.finish()),
            Arc::new(self.sentiment.finish()),
            Arc::new(self.redaction_kinds.finish()),
            Arc::new(self.content.finish()),
        ];
        RecordBatch::try_new(Table::Turns.schema(), columns)
    }
}

#[cfg(test)]
mod tests {
    use aftercall_core::rows;
    use aftercall_schemas::Conversation;
    use aftercall_schemas::results::Analysis;
    use arrow_select::concat::concat_batches;
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_say_what_rows_say() {
        let turn = |role: &str, begin: Option<i64>| {
            json!({
                "turn_id": "t", "participant": 0, "role": role, "content": "hello [NAME]", "begin_offset_millis": begin,
                "end_offset_millis": null, "redactions": [{ "kind": "NAME", "begin_char": 6, "end_char": 12 }],
            })
        };
        let conversation: Conversation = serde_json::from_value(json!({
            "format": "aftercall.conversation/1", "instance_id": "i", "contact_id": "c", "channel": "VOICE",
            "language": "en-US", "sources": [], "alignment": "single", "start_timestamp": "2026-03-09T08:00:00Z",
            "participants": [{ "participant_id": "p", "role": "CUSTOMER", "role_source": "words" }],
            "turns": [turn("CUSTOMER", Some(5)), turn("SYSTEM", None)],
        }))
        .unwrap();
        let sentiment = json!({ "kind": "sentiment", "turns": ["NEGATIVE", null], "formula": "lca/1" });
        let result = json!({
            "instance_id": "i", "contact_id": "c", "revision_key": "k", "stage": "sentiment", "stage_version": "1",
            "outcome": { "found": sentiment }, "processing": {},
        });
        let analysis: Analysis = serde_json::from_value(json!({
            "format": "aftercall.analysis/1", "instance_id": "i", "contact_id": "c", "revision_key": "k", "use_cases": [],
            "state": "complete", "missing": {}, "results": { "sentiment": result },
        }))
        .unwrap();
        let published_at = jiff::Timestamp::UNIX_EPOCH;
        let revision = Revision { conversation: &conversation, analysis: &analysis, number: 3, published_at };
        let other = Conversation { contact_id: "b".into(), ..conversation.clone() };
        let before = Revision { conversation: &other, ..revision };
        let mut turns = SortedTurns::default();
        turns.add(&[revision]).unwrap();
        let mut more = SortedTurns::default();
        more.add(&[before]).unwrap();
        turns.append(&mut more);
        assert_eq!(turns.rows(), 4);
        let rows: Vec<_> = [rows::turns(before), rows::turns(revision)].into_iter().flatten().collect();
        let by_rows = serde_arrow::to_record_batch(Table::Turns.schema().fields(), &rows).unwrap();
        let batches: Vec<_> = turns.into_batches(3).map(|batch| batch.unwrap()).collect();
        assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(concat_batches(&Table::Turns.schema(), &batches).unwrap(), by_rows);
    }
}
