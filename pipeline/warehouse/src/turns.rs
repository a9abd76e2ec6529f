//! Turns to columns, one look at each, so that a conversation need not be kept until its file is written. Only the table
//! `turns` has this: it is most of all rows. What all turns of a revision have in common is kept once a revision, words of
//! a closed set as what they are, and both become text a piece at a time, when their file is written. That it writes what
//! the rows of the core say is tested.

use std::ops::Range;
use std::sync::Arc;

use aftercall_core::error::Result;
use aftercall_core::rows::{Revision, RowTurn, TurnRef, each_turn};
use aftercall_schemas::{ContactKey, ParticipantRole, SentimentLabel};
use arrow_array::builder::{Int64Builder, ListBuilder, StringBuilder, TimestampMillisecondBuilder};
use arrow_array::{Array, ArrayRef, Int64Array, ListArray, StringArray, TimestampMillisecondArray};
use arrow_schema::{ArrowError, DataType, Field};
use arrow_select::concat::concat;

use crate::encode::{Piece, all_equal, encode, failed, is_one_value, pieces};
use crate::order::Order;
use crate::tables::Table;

/// How many speakers of a conversation are looked through for the one who speaks.
const SPEAKERS: usize = 8;
/// Bytes of most ids, and of most words of a closed set.
const ID: usize = 36;
const WORD: usize = 10;

/// Who speaks.
struct Speaker {
    participant_id: String,
    role_source: &'static str,
}

/// Turns, in the order in which they came.
pub(crate) struct TurnColumns {
    position: Vec<i64>,
    turn_id: StringBuilder,
    /// Which of the speakers.
    speaker: Vec<usize>,
    speakers: Vec<Speaker>,
    role: Vec<ParticipantRole>,
    begin_offset_ms: Int64Builder,
    end_offset_ms: Int64Builder,
    begin_timestamp: TimestampMillisecondBuilder,
    language_locale: StringBuilder,
    sentiment: Vec<Option<SentimentLabel>>,
    redaction_kinds: ListBuilder<StringBuilder>,
    content: StringBuilder,
}

fn moments() -> TimestampMillisecondBuilder {
    TimestampMillisecondBuilder::new().with_timezone("UTC")
}

fn kinds() -> ListBuilder<StringBuilder> {
    ListBuilder::new(StringBuilder::new()).with_field(Field::new("item", DataType::Utf8, false))
}

impl Default for TurnColumns {
    fn default() -> Self {
        Self {
            position: Vec::new(),
            turn_id: StringBuilder::new(),
            speaker: Vec::new(),
            speakers: Vec::new(),
            role: Vec::new(),
            begin_offset_ms: Int64Builder::new(),
            end_offset_ms: Int64Builder::new(),
            begin_timestamp: moments(),
            language_locale: StringBuilder::new(),
            sentiment: Vec::new(),
            redaction_kinds: kinds(),
            content: StringBuilder::new(),
        }
    }
}

impl TurnColumns {
    /// How many.
    pub(crate) const fn rows(&self) -> usize {
        self.position.len()
    }

    /// Adds the turns of a revision.
    pub(crate) fn add<T: RowTurn>(&mut self, revision: Revision<'_, T>) {
        let others = self.speakers.len();
        each_turn(revision, |row| self.add_row(row, others));
    }

    /// `others`: so many speakers are of other revisions.
    fn add_row<T: RowTurn>(&mut self, row: TurnRef<'_, T>, others: usize) {
        let speaker = self.speaker_of(row.participant_id, row.speaker_role_source, others);
        self.position.push(row.position);
        self.turn_id.append_value(row.turn.turn_id());
        self.speaker.push(speaker);
        self.role.push(row.role);
        self.begin_offset_ms.append_option(row.turn.begin_offset_millis());
        self.end_offset_ms.append_option(row.turn.end_offset_millis());
        self.begin_timestamp.append_option(row.begun.map(jiff::Timestamp::as_millisecond));
        self.language_locale.append_option(row.language);
        self.sentiment.push(row.sentiment);
        for kind in row.turn.redaction_kinds() {
            self.redaction_kinds.values().append_value(kind);
        }
        self.redaction_kinds.append(true);
        self.content.append_value(row.turn.content());
    }

    fn speaker_of(&mut self, participant_id: &str, role_source: &'static str, others: usize) -> usize {
        let from = others.max(self.speakers.len().saturating_sub(SPEAKERS));
        let is_same =
            |speaker: &Speaker| speaker.participant_id == participant_id && speaker.role_source == role_source;
        if let Some(at) = self.speakers.iter().skip(from).position(is_same) {
            return from + at;
        }
        self.speakers.push(Speaker { participant_id: participant_id.to_owned(), role_source });
        self.speakers.len() - 1
    }

    fn finish(mut self) -> Part {
        Part {
            position: self.position,
            turn_id: self.turn_id.finish(),
            speaker: self.speaker,
            speakers: self.speakers,
            role: self.role,
            begin_offset_ms: self.begin_offset_ms.finish(),
            end_offset_ms: self.end_offset_ms.finish(),
            begin_timestamp: self.begin_timestamp.finish(),
            language_locale: self.language_locale.finish(),
            sentiment: self.sentiment,
            redaction_kinds: self.redaction_kinds.finish(),
            content: self.content.finish(),
        }
    }
}

/// Turns that are all there.
struct Part {
    position: Vec<i64>,
    turn_id: StringArray,
    speaker: Vec<usize>,
    speakers: Vec<Speaker>,
    role: Vec<ParticipantRole>,
    begin_offset_ms: Int64Array,
    end_offset_ms: Int64Array,
    begin_timestamp: TimestampMillisecondArray,
    language_locale: StringArray,
    sentiment: Vec<Option<SentimentLabel>>,
    redaction_kinds: ListArray,
    content: StringArray,
}

impl Part {
    fn speakers(&self, rows: &Range<usize>) -> impl Iterator<Item = &Speaker> {
        some(&self.speaker, rows).iter().filter_map(|speaker| self.speakers.get(*speaker))
    }
}

/// Turns of a revision, and whose they are.
struct Turns<'a> {
    contact: &'a ContactKey,
    revision: u32,
    part: &'a Part,
    rows: Range<usize>,
}

/// The bytes of a Parquet file with the turns of these parts. `whose`: the contact of a revision, and its number.
pub(crate) fn encode_turns<'a>(
    parts: Vec<TurnColumns>,
    order: &Order,
    whose: impl Fn(usize) -> Option<(&'a ContactKey, u32)>,
) -> Result<Vec<u8>> {
    let parts: Vec<Part> = parts.into_iter().map(TurnColumns::finish).collect();
    // The turns of each piece: the same for every column.
    let turns = |piece: Piece| {
        let turns = order.cut(piece.rows).map(|run| {
            let (contact, revision) = whose(run.revision)?;
            Some(Turns { contact, revision, part: parts.get(run.part)?, rows: run.rows })
        });
        turns.collect::<Option<Vec<Turns<'_>>>>()
    };
    let table = Table::Turns;
    let of_no_revision = || failed(table, ArrowError::ComputeError("turns of no revision".into()));
    let turns: Vec<_> = pieces(order.rows()).map(turns).collect::<Option<_>>().ok_or_else(of_no_revision)?;
    let one = |column: fn(&Part) -> &dyn Array| is_one_value(&parts.iter().map(column).collect::<Vec<_>>());
    let is_one = |field: &Field| match field.name().as_str() {
        "instance_id" => all_equal(turns.iter().flatten().map(|of| &of.contact.instance_id)),
        "contact_id" => all_equal(turns.iter().flatten().map(|of| &of.contact.contact_id)),
        "revision" => all_equal(turns.iter().flatten().map(|of| of.revision)),
        "turn" => all_equal(parts.iter().flat_map(|part| &part.position)),
        "turn_id" => one(|part| &part.turn_id),
        "participant_id" => all_equal(parts.iter().flat_map(|part| &part.speakers).map(|of| &of.participant_id)),
        "participant_role" => all_equal(parts.iter().flat_map(|part| &part.role)),
        "speaker_role_source" => all_equal(parts.iter().flat_map(|part| &part.speakers).map(|of| of.role_source)),
        "begin_offset_ms" => one(|part| &part.begin_offset_ms),
        "end_offset_ms" => one(|part| &part.end_offset_ms),
        "begin_timestamp" => one(|part| &part.begin_timestamp),
        "language_locale" => one(|part| &part.language_locale),
        "sentiment" => all_equal(parts.iter().flat_map(|part| &part.sentiment)),
        "redaction_kinds" => one(|part| &part.redaction_kinds),
        "content" => one(|part| &part.content),
        _ => false,
    };
    encode(table, table.schema(), order.rows(), is_one, |field, piece, _| {
        column(field.name(), turns.get(piece.number).map(Vec::as_slice).unwrap_or_default())
    })
}

/// A piece of a column of the table.
fn column(name: &str, turns: &[Turns<'_>]) -> std::result::Result<ArrayRef, ArrowError> {
    match name {
        "instance_id" => text(turns, ID, |column, of| {
            column.append_value_n(&of.contact.instance_id, of.rows.len());
            Ok(())
        }),
        "contact_id" => text(turns, ID, |column, of| {
            column.append_value_n(&of.contact.contact_id, of.rows.len());
            Ok(())
        }),
        "revision" => Ok(integers(turns, |column, of| column.append_value_n(i64::from(of.revision), of.rows.len()))),
        "turn" => Ok(integers(turns, |column, of| column.append_slice(some(&of.part.position, &of.rows)))),
        "turn_id" => text(turns, width(turns, |part| &part.turn_id), |column, of| {
            column.append_array(&cut(&of.part.turn_id, &of.rows))
        }),
        "participant_id" => text(turns, ID, |column, of| {
            of.part.speakers(&of.rows).for_each(|speaker| column.append_value(&speaker.participant_id));
            Ok(())
        }),
        "participant_role" => text(turns, WORD, |column, of| {
            some(&of.part.role, &of.rows).iter().for_each(|role| column.append_value(role.as_str()));
            Ok(())
        }),
        "speaker_role_source" => text(turns, WORD, |column, of| {
            of.part.speakers(&of.rows).for_each(|speaker| column.append_value(speaker.role_source));
            Ok(())
        }),
        "begin_offset_ms" => Ok(integers(turns, |column, of| {
            column.append_array(&of.part.begin_offset_ms.slice(of.rows.start, of.rows.len()))
        })),
        "end_offset_ms" => Ok(integers(turns, |column, of| {
            column.append_array(&of.part.end_offset_ms.slice(of.rows.start, of.rows.len()))
        })),
        "begin_timestamp" => {
            let mut column = moments();
            for of in turns {
                column.append_array(&of.part.begin_timestamp.slice(of.rows.start, of.rows.len()));
            }
            Ok(Arc::new(column.finish()))
        }
        "language_locale" => {
            text(turns, WORD, |column, of| column.append_array(&cut(&of.part.language_locale, &of.rows)))
        }
        "sentiment" => text(turns, WORD, |column, of| {
            let labels = some(&of.part.sentiment, &of.rows).iter();
            labels.for_each(|label| column.append_option(label.map(SentimentLabel::as_str)));
            Ok(())
        }),
        "redaction_kinds" => {
            let kinds: Vec<ListArray> =
                turns.iter().map(|of| of.part.redaction_kinds.slice(of.rows.start, of.rows.len())).collect();
            concat(&kinds.iter().map(|kinds| kinds as &dyn Array).collect::<Vec<_>>())
        }
        "content" => text(turns, width(turns, |part| &part.content), |column, of| {
            column.append_array(&cut(&of.part.content, &of.rows))
        }),
        _ => Err(ArrowError::SchemaError(format!("turns have no column {name}"))),
    }
}

/// `width`: bytes of a value, about.
fn text(
    turns: &[Turns<'_>],
    width: usize,
    add: impl Fn(&mut StringBuilder, &Turns<'_>) -> std::result::Result<(), ArrowError>,
) -> std::result::Result<ArrayRef, ArrowError> {
    let rows = rows(turns);
    let mut column = StringBuilder::with_capacity(rows, rows * width);
    for of in turns {
        add(&mut column, of)?;
    }
    Ok(Arc::new(column.finish()))
}

fn integers(turns: &[Turns<'_>], add: impl Fn(&mut Int64Builder, &Turns<'_>)) -> ArrayRef {
    let mut column = Int64Builder::with_capacity(rows(turns));
    for of in turns {
        add(&mut column, of);
    }
    Arc::new(column.finish())
}

fn rows(turns: &[Turns<'_>]) -> usize {
    turns.iter().map(|of| of.rows.len()).sum()
}

/// Bytes of a value of a column of the first of these turns, and a quarter more, so that the others have room too.
fn width(turns: &[Turns<'_>], column: impl Fn(&Part) -> &StringArray) -> usize {
    turns.first().map_or(0, |of| {
        let column = column(of.part);
        column.value_data().len() / column.len().max(1) * 5 / 4 + 1
    })
}

fn cut(column: &StringArray, rows: &Range<usize>) -> StringArray {
    column.slice(rows.start, rows.len())
}

/// These rows. A file is not written if one of its columns has fewer rows than another.
fn some<'a, T>(column: &'a [T], rows: &Range<usize>) -> &'a [T] {
    column.get(rows.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use aftercall_core::rows;
    use aftercall_schemas::Conversation;
    use aftercall_schemas::results::Analysis;
    use arrow_array::RecordBatch;
    use arrow_select::concat::concat_batches;
    use bytes::Bytes;
    use jiff::tz::TimeZone;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use serde_json::json;

    use super::*;
    use crate::heaps::{self, Heaps};

    #[test]
    fn columns_say_what_rows_say() {
        let turn = |role: &str, begin: Option<i64>| {
            json!({
                "turn_id": "t", "participant": u8::from(role == "SYSTEM"), "role": role, "content": "hello [NAME]", "begin_offset_millis": begin,
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
        let mut shares = [Heaps::default(), Heaps::default()];
        assert_eq!(shares[0].add(revision, &TimeZone::UTC).unwrap(), 3);
        shares[1].add(before, &TimeZone::UTC).unwrap();
        let place = (rows::day(revision), Table::Turns);
        let parts: Vec<_> = shares.iter_mut().map(|heaps| heaps.take(place).unwrap()).collect();
        assert_eq!(parts.iter().map(heaps::Heap::rows).sum::<usize>(), 4);
        let file = heaps::file(Table::Turns, parts).unwrap();
        let rows: Vec<_> = [rows::turns(before), rows::turns(revision)].into_iter().flatten().collect();
        let by_rows = serde_arrow::to_record_batch(Table::Turns.schema().fields(), &rows).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file)).unwrap().build().unwrap();
        let read: Vec<RecordBatch> = reader.map(|batch| batch.unwrap()).collect();
        assert_eq!(concat_batches(&Table::Turns.schema(), &read).unwrap(), by_rows);
    }
}
