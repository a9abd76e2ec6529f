//! Turns to columns, one look at each and no copy in between. Only the table `turns` has this: it is most of all rows. That
//! it writes what the rows of the core say is tested.

use std::sync::Arc;

use aftercall_core::rows::{Revision, TurnRef, each_turn};
use arrow_array::builder::{Int64Builder, ListBuilder, StringBuilder, TimestampMillisecondBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field};

use crate::tables::Table;

/// The columns of the table `turns` as they are filled, in the order of the table.
pub(crate) struct TurnColumns {
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
    /// Without rows.
    pub(crate) fn new() -> Self {
        let kinds = ListBuilder::new(StringBuilder::new()).with_field(Field::new("item", DataType::Utf8, false));
        Self {
            instance_id: StringBuilder::new(),
            contact_id: StringBuilder::new(),
            revision: Int64Builder::new(),
            turn: Int64Builder::new(),
            turn_id: StringBuilder::new(),
            participant_id: StringBuilder::new(),
            participant_role: StringBuilder::new(),
            speaker_role_source: StringBuilder::new(),
            begin_offset_ms: Int64Builder::new(),
            end_offset_ms: Int64Builder::new(),
            begin_timestamp: TimestampMillisecondBuilder::new().with_timezone("UTC"),
            language_locale: StringBuilder::new(),
            sentiment: StringBuilder::new(),
            redaction_kinds: kinds,
            content: StringBuilder::new(),
            rows: 0,
        }
    }

    /// Rows that are in the columns.
    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    /// Adds the turns of a revision.
    pub(crate) fn add(&mut self, revision: Revision<'_>) {
        each_turn(revision, |row| self.add_row(row));
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

    /// The rows as a batch. Nothing is left.
    pub(crate) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        self.rows = 0;
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
        let mut columns = TurnColumns::new();
        columns.add(revision);
        assert_eq!(columns.rows(), 2);
        let rows = rows::turns(revision);
        let by_rows = serde_arrow::to_record_batch(Table::Turns.schema().fields(), &rows).unwrap();
        assert_eq!(columns.take().unwrap(), by_rows);
    }
}
