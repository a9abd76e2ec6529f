//! Amazon Transcribe batch output: one JSON document a job.
//!
//! Shape: Transcribe developer guide, "Data input and output", "Channel identification", "Partitioning speakers",
//! "Redacting PII in your batch job", "Language identification". Times are seconds and confidences numbers, both written
//! as strings; numbers are read as well. Punctuation has no times and belongs to the word before it. Read from best to
//! worst: channels, `audio_segments`, speaker labels on the items, speaker labels by time (older files), words without a
//! speaker, the bare transcript. A redacted word has no confidence and names what it hides.
//!
//! The document names neither contact nor recording: see `identity`. Who speaks is not said either: labels become
//! roles by settings, by the contact record, or by the words (when the contact is assembled).

use std::borrow::Cow;
use std::collections::HashMap;

use aftercall_schemas::conversation::RoleSource;
use aftercall_schemas::{Channel, ParticipantRole};
use serde::Deserialize;

use super::cast::Cast;
use super::transcribe_items::{AudioSegment, Item, Label, LabelledSegment};
use super::{DecodeContext, identity, lenient, read, words};
use crate::delivery::{Body, Delivery, Leg, LegKind, LegTurn, SourceKind, Zero};
use crate::error::Rejected;
use crate::roles::Classified;
use crate::turns::{self, Run, Spoken, TurnRules};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document<'a> {
    #[serde(rename = "jobName", deserialize_with = "lenient::text")]
    job_name: Option<String>,
    #[serde(rename = "isRedacted", deserialize_with = "lenient::flag")]
    is_redacted: Option<bool>,
    #[serde(borrow, deserialize_with = "lenient::object")]
    results: Results<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Results<'a> {
    #[serde(deserialize_with = "lenient::list")]
    transcripts: Vec<Transcript>,
    #[serde(borrow, deserialize_with = "lenient::list")]
    items: Vec<Item<'a>>,
    #[serde(borrow, deserialize_with = "lenient::list")]
    audio_segments: Vec<AudioSegment<'a>>,
    #[serde(borrow, deserialize_with = "lenient::object")]
    speaker_labels: SpeakerLabels<'a>,
    #[serde(borrow, deserialize_with = "lenient::object")]
    channel_labels: ChannelLabels<'a>,
    #[serde(deserialize_with = "lenient::text")]
    language_code: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    language_codes: Vec<LanguageCode>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Transcript {
    #[serde(deserialize_with = "lenient::text")]
    transcript: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LanguageCode {
    #[serde(deserialize_with = "lenient::text")]
    language_code: Option<String>,
    #[serde(deserialize_with = "lenient::num")]
    duration_in_seconds: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SpeakerLabels<'a> {
    #[serde(borrow, deserialize_with = "lenient::list")]
    segments: Vec<LabelledSegment<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ChannelLabels<'a> {
    #[serde(borrow, deserialize_with = "lenient::list")]
    channels: Vec<ChannelItems<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ChannelItems<'a> {
    #[serde(borrow)]
    channel_label: Label<'a>,
    #[serde(borrow, deserialize_with = "lenient::list")]
    items: Vec<Item<'a>>,
}

pub(super) fn decode(text: &str, ctx: &DecodeContext) -> Result<Delivery, Rejected> {
    let document: Document<'_> = read::json(text, "transcribe")?;
    let whose = identity::of_job(document.job_name.as_deref(), None, "transcribe", ctx)?;
    let masked = document.is_redacted.unwrap_or(false);
    let language =
        language(&document.results).or_else(|| ctx.sidecar.as_ref().and_then(|sidecar| sidecar.language.clone()));

    let mut speakers = Speakers::default();
    let spoken = spoken(&document.results, ctx.turn_rules, &mut speakers);
    let mut cast = Cast::default();
    let participants: Vec<u32> =
        speakers.labels.iter().map(|label| cast.enter(label, &classify(label, ctx), None)).collect();
    let turns = spoken
        .into_iter()
        .map(|turn| LegTurn {
            participant: participants.get(turn.speaker as usize).copied().unwrap_or_default(),
            begin_offset_millis: turn.begin_millis(),
            end_offset_millis: turn.end_millis(),
            redactions: if turn.redactions.is_empty() && masked {
                words::masks(&turn.content)
            } else {
                turn.redactions
            },
            content: turn.content,
            language: words::language(turn.language),
            ..LegTurn::default()
        })
        .collect();
    let leg = Leg {
        language: words::language(language),
        zero: whose.zero.map_or(Zero::Unknown, Zero::At),
        recordings: whose.recordings,
        participants: cast.into_participants(),
        turns,
        ..Leg::empty(LegKind::Whole, Channel::Voice)
    };
    let delivery = Delivery {
        contact: whose.contact.clone(),
        source: SourceKind::Transcribe,
        masked,
        ends: true,
        body: Body::Leg(Box::new(leg)),
    };
    Ok(if whose.of_connect { identity::attach(delivery, whose.contact) } else { delivery })
}

fn language(results: &Results<'_>) -> Option<String> {
    let longest = || {
        let known = results.language_codes.iter().filter(|code| code.language_code.is_some());
        known.max_by(|a, b| {
            let seconds = |code: &LanguageCode| code.duration_in_seconds.unwrap_or(0.0);
            seconds(a).total_cmp(&seconds(b))
        })
    };
    results.language_code.clone().or_else(|| longest()?.language_code.clone())
}

/// A label's role by the sidecar or settings, if they name it.
pub(super) fn classify(label: &str, ctx: &DecodeContext) -> Classified {
    let stated = ctx.sidecar.as_ref().and_then(|sidecar| crate::roles::from_word(sidecar.speakers.get(label)?));
    match stated.or_else(|| ctx.speakers.role_of(label)) {
        Some(role) => Classified { role, source: RoleSource::Settings, source_role: None },
        None => Classified { role: ParticipantRole::Unknown, source: RoleSource::Unknown, source_role: None },
    }
}

/// Labels in order of first appearance.
#[derive(Default)]
struct Speakers {
    labels: Vec<String>,
    index: HashMap<String, u32>,
}

impl Speakers {
    fn of(&mut self, label: &str) -> u32 {
        // A file without labels has one speaker of unknown name.
        let label = if label.is_empty() { "UNKNOWN" } else { label };
        if let Some(known) = self.index.get(label) {
            return *known;
        }
        let new = u32::try_from(self.labels.len()).unwrap_or(u32::MAX);
        self.labels.push(label.to_owned());
        self.index.insert(label.to_owned(), new);
        new
    }
}

fn spoken(results: &Results<'_>, rules: TurnRules, speakers: &mut Speakers) -> Vec<Spoken> {
    let channels = &results.channel_labels.channels;
    let segments = &results.audio_segments;
    // In some files only the words have labels.
    let labelled =
        segments.iter().any(|segment| !segment.channel_label.0.is_empty() || !segment.speaker_label.0.is_empty());
    let nobody_labels = channels.is_empty()
        && results.speaker_labels.segments.is_empty()
        && results.items.iter().all(|item| item.speaker_label.0.is_empty() && item.channel_label.0.is_empty());
    let complete = segments.iter().any(|segment| segment.transcript.is_some()) && (labelled || nobody_labels);
    if complete && rules == TurnRules::Standard {
        let utterances = segments.iter().map(|segment| of_audio_segment(segment, speakers)).collect();
        return turns::of_utterances(utterances);
    }
    if channels.iter().any(|channel| !channel.items.is_empty()) {
        let runs: Vec<Run<'_>> = channels
            .iter()
            .map(|channel| Run {
                speaker: speakers.of(&channel.channel_label.0),
                stated: None,
                words: channel.items.iter().map(Item::word).collect(),
            })
            .collect();
        return turns::of_channels(&runs, rules);
    }
    if !results.items.is_empty() {
        return of_items(results, rules, speakers);
    }
    // Words are missing: the transcript is all there is.
    let texts = results.transcripts.iter().filter_map(|transcript| transcript.transcript.clone());
    let texts: Vec<String> = texts.filter(|text| !text.trim().is_empty()).collect();
    texts.into_iter().map(|text| Spoken::of_text(speakers.of(""), None, None, text)).collect()
}

fn of_audio_segment(segment: &AudioSegment<'_>, speakers: &mut Speakers) -> Spoken {
    let label = [&segment.channel_label, &segment.speaker_label].into_iter().find(|label| !label.0.is_empty());
    let speaker = speakers.of(label.map_or("", |label| &label.0));
    let content = segment.transcript.as_deref().unwrap_or_default().to_owned();
    let mut utterance = Spoken::of_text(speaker, segment.start_time, segment.end_time, content);
    utterance.language = (!segment.language_code.0.is_empty()).then(|| segment.language_code.0.to_string());
    utterance
}

/// Words in one list. Each belongs to the speaker it names, else to the one of the labels at its time.
fn of_items(results: &Results<'_>, rules: TurnRules, speakers: &mut Speakers) -> Vec<Spoken> {
    let segments = &results.speaker_labels.segments;
    let by_time: HashMap<u64, &str> = segments
        .iter()
        .flat_map(|segment| segment.items.iter().map(move |item| (item, segment)))
        .filter_map(|(item, segment)| {
            let label = if item.speaker_label.0.is_empty() { &segment.speaker_label.0 } else { &item.speaker_label.0 };
            Some((item.start_time?.to_bits(), label.as_ref()))
        })
        .collect();
    let mut runs: Vec<Run<'_>> = Vec::new();
    let mut current: Option<(String, usize)> = None;
    let mut segment_at = 0;
    for item in &results.items {
        let begin = item.start_time;
        if let Some(begin) = begin {
            while segments.get(segment_at + 1).is_some_and(|next| next.start_time.is_some_and(|start| start <= begin)) {
                segment_at += 1;
            }
        }
        let label: Cow<'_, str> = if !item.channel_label.0.is_empty() {
            Cow::Borrowed(&item.channel_label.0)
        } else if !item.speaker_label.0.is_empty() {
            Cow::Borrowed(&item.speaker_label.0)
        } else if item.punctuation() {
            Cow::Owned(current.as_ref().map_or_else(String::new, |(label, _)| label.clone()))
        } else if let Some(label) = begin.and_then(|begin| by_time.get(&begin.to_bits())) {
            Cow::Borrowed(label)
        } else {
            // Older files have labels without items: the segment that lasts at this time.
            segments
                .get(segment_at)
                .map_or(Cow::Borrowed(""), |segment| Cow::Borrowed(segment.speaker_label.0.as_ref()))
        };
        let goes_on = match &current {
            Some(_) if item.punctuation() => true,
            Some((known, segment)) => *known == label && *segment == segment_at,
            None => false,
        };
        if !goes_on {
            let stated = segments.get(segment_at).and_then(|segment| Some((segment.start_time?, segment.end_time?)));
            runs.push(Run { speaker: speakers.of(&label), stated, words: Vec::new() });
            current = Some((label.into_owned(), segment_at));
        }
        if let Some(run) = runs.last_mut() {
            run.words.push(item.word());
        }
    }
    turns::of_segments(&runs, rules)
}
