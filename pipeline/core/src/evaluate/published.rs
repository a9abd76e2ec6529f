//! Scores and measures that services published with their samples, against what we make of the same files. The files are no
//! part of the project: the caller reads them from their folder. A file that is not there means that nothing is said.

use aftercall_schemas::{ParticipantRole, SentimentLabel};
use serde_json::Value;

use super::goals::{Figure, Measured, measure};
use crate::sentiment::{Formula, Labelled, progressive, scores};

pub(super) const CHATS: [&str; 2] =
    ["formats/02-contactlens-postcall/docs2023-chat-0.json", "formats/02-contactlens-postcall/docs2023-chat-1.json"];
pub(super) const CALLS: [&str; 3] = [
    "formats/02-contactlens-postcall/docs2023-voice-0.json",
    "formats/02-contactlens-postcall/docs2023-voice-1.json",
    "formats/07-transcribe/tca-example-call-redacted-real.json",
];
const PCA: &str = "pca/real-result-analytics.json";

/// Scores and measures, as many as there are files for. `read` gives the text of a file by its path in the folder.
pub fn published(read: &dyn Fn(&str) -> Option<String>) -> Vec<Measured> {
    [call_scores(read), chat_scores(read), super::published_measures::compared(read)].into_iter().flatten().collect()
}

fn value(read: &dyn Fn(&str) -> Option<String>, file: &str) -> Option<Value> {
    serde_json::from_str(&read(file)?).ok()
}

/// A published score: whose, of which quarter (0 is the whole call), and the score.
type Score = (ParticipantRole, usize, f64);

/// Scores of calls, overall and by quarter.
fn call_scores(read: &dyn Fn(&str) -> Option<String>) -> Option<Measured> {
    let (mut all, mut misses) = (0, Vec::new());
    let mut compare = |file: &str, (turns, wanted): (Vec<Labelled>, Vec<Score>)| {
        let ours = scores(Formula::ContactLens, &turns, false);
        all += wanted.len();
        misses.extend(wanted.into_iter().filter_map(|(role, quarter, wanted)| {
            let of_role = ours.get(&role);
            let found = match quarter.checked_sub(1) {
                None => of_role.and_then(|scores| scores.overall),
                Some(index) => of_role.and_then(|scores| scores.quarters.get(index)?.score),
            };
            // A quarter without a turn is 0 there and null here.
            let found = found.unwrap_or(0.0);
            let name = file.rsplit('/').next().unwrap_or(file);
            ((found - wanted).abs() > 0.001)
                .then(|| format!("{name}, {role}, quarter {quarter}: published {wanted}, computed {found}"))
        }));
    };
    for file in CALLS {
        compare(file, contact_lens(&value(read, file)?)?);
    }
    compare(PCA, pca(&value(read, PCA)?)?);
    let mut measured =
        Measured::new(measure::CALL_SCORES, Figure::Of(all - misses.len(), all), "published samples, 4 calls", all);
    measured.notes = misses;
    Some(measured)
}

/// Labels and scores of a Contact Lens or Call Analytics file.
fn contact_lens(file: &Value) -> Option<(Vec<Labelled>, Vec<Score>)> {
    let turn = |turn: &Value| {
        let role = turn.get("ParticipantId").or_else(|| turn.get("ParticipantRole"))?.as_str()?;
        Some(Labelled {
            role: ParticipantRole::parse(role)?,
            label: SentimentLabel::parse(turn.get("Sentiment")?.as_str()?)?,
            begin: turn.get("BeginOffsetMillis")?.as_i64(),
            end: turn.get("EndOffsetMillis")?.as_i64(),
        })
    };
    let turns: Option<Vec<Labelled>> = file.get("Transcript")?.as_array()?.iter().map(turn).collect();
    let sentiment = file.get("ConversationCharacteristics")?.get("Sentiment")?;
    let mut published = Vec::new();
    for role in [ParticipantRole::Agent, ParticipantRole::Customer] {
        published.push((role, 0, sentiment.get("OverallSentiment")?.get(role.as_str())?.as_f64()?));
        let quarters = sentiment.get("SentimentByPeriod")?.get("QUARTER")?.get(role.as_str())?.as_array()?;
        for (quarter, number) in quarters.iter().zip(1..) {
            published.push((role, number, quarter.get("Score")?.as_f64()?));
        }
    }
    Some((turns?, published))
}

/// The same of a Post Call Analytics file.
fn pca(file: &Value) -> Option<(Vec<Labelled>, Vec<Score>)> {
    let role = |name: &str| if name == "spk_0" { ParticipantRole::Agent } else { ParticipantRole::Customer };
    let millis = |value: &Value| value.as_f64().map(|seconds| (seconds * 1_000.0).round() as i64);
    let is = |turn: &Value, name: &str| turn.get(name).and_then(Value::as_i64) == Some(1);
    let turn = |turn: &Value| {
        let label = if is(turn, "SentimentIsPositive") {
            SentimentLabel::Positive
        } else if is(turn, "SentimentIsNegative") {
            SentimentLabel::Negative
        } else {
            SentimentLabel::Neutral
        };
        Some(Labelled {
            role: role(turn.get("SegmentSpeaker")?.as_str()?),
            label,
            begin: millis(turn.get("SegmentStartTime")?),
            end: millis(turn.get("SegmentEndTime")?),
        })
    };
    let turns: Option<Vec<Labelled>> = file.get("SpeechSegments")?.as_array()?.iter().map(turn).collect();
    let mut published = Vec::new();
    for name in ["spk_0", "spk_1"] {
        let trend = file.get("ConversationAnalytics")?.get("SentimentTrends")?.get(name)?;
        published.push((role(name), 0, trend.get("SentimentScore")?.as_f64()?));
        for (quarter, number) in trend.get("SentimentPerQuarter")?.as_array()?.iter().zip(1..) {
            published.push((role(name), number, quarter.get("Score")?.as_f64()?));
        }
    }
    Some((turns?, published))
}

/// Progressive scores of a chat. The second file is the redacted twin of the first: a score counts once, and is reproduced
/// where it is in both.
fn chat_scores(read: &dyn Fn(&str) -> Option<String>) -> Option<Measured> {
    let mut of_files: Vec<Vec<Option<String>>> = Vec::new();
    for file in CHATS {
        let value = value(read, file)?;
        let sentiment = value.get("ConversationCharacteristics")?.get("Sentiment")?;
        let groups = sentiment.get("DetailsByTranscriptItemGroup")?.as_array()?;
        let mut misses = Vec::new();
        for role in [ParticipantRole::Agent, ParticipantRole::Customer] {
            let is_of = |group: &&Value| group.get("ParticipantRole").and_then(Value::as_str) == Some(role.as_str());
            let of_role: Vec<&Value> = groups.iter().filter(is_of).collect();
            let turn = |group: &&Value| {
                let label = SentimentLabel::parse(group.get("Sentiment")?.as_str()?)?;
                Some(Labelled { role, label, begin: None, end: None })
            };
            let turns: Option<Vec<Labelled>> = of_role.iter().map(turn).collect();
            for ((group, found), number) in of_role.iter().zip(progressive(&turns?)).zip(1..) {
                let wanted = group.get("ProgressiveScore")?.as_f64()?;
                misses.push(
                    ((found - wanted).abs() > 0.001)
                        .then(|| format!("{role}, group {number}: published {wanted}, computed {found}")),
                );
            }
        }
        of_files.push(misses);
    }
    let [first, second] = <[Vec<Option<String>>; 2]>::try_from(of_files).ok()?;
    let all = first.len().max(second.len());
    let misses: Vec<String> = first.into_iter().zip(second).filter_map(|(one, twin)| one.or(twin)).collect();
    let set = "published samples, a chat and its redacted twin";
    let mut measured = Measured::new(measure::CHAT_SCORES, Figure::Of(all - misses.len(), all), set, all);
    measured.notes = misses;
    Some(measured)
}
