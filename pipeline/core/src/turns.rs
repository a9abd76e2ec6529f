//! Turns from words, for sources that have words only (Transcribe). In linear time but for one sort.
//!
//! **Our rules** ([`TurnRules::Standard`]). Each channel is cut into utterances where its speaker pauses for 0.7 s, or for
//! 0.3 s after the end of a sentence; so a "mm-hm" of the other side does not cut a sentence in two. Segments that
//! Transcribe cut itself (`audio_segments`) are utterances as they are. Utterances of all speakers are put in order of
//! their begin, and neighbours of one speaker with less than 3 s between them become one turn.
//!
//! **Post Call Analytics' rules** ([`TurnRules::Pca`]), to compare results with its: with labels, a new turn begins with a
//! new speaker or 3.0 s after the end of the last segment; with channels, words are cut at more than 0.1 s, sorted by
//! begin, and neighbours of one speaker joined if less than 3.0 s lie between them. Comparisons are made on seconds as
//! floats, as it does, because the bounds fall on values that floats cannot hold.

use std::borrow::Cow;

use aftercall_schemas::conversation::Redaction;
use serde::{Deserialize, Serialize};

/// How words become turns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TurnRules {
    /// Our own rules.
    #[default]
    Standard,
    /// The rules of Post Call Analytics, for results that are to be compared with its.
    Pca,
}

/// A silence of this length ends a turn, also if nobody else speaks. Seconds.
const NEW_TURN: f64 = 3.0;
/// A pause of this length ends an utterance. Seconds.
const PAUSE: f64 = 0.7;
/// After the end of a sentence a shorter pause will do. Seconds.
const PAUSE_AFTER_SENTENCE: f64 = 0.3;
/// Post Call Analytics cuts the words of a channel here. Seconds.
const PCA_PAUSE: f64 = 0.1;

/// A word, or a mark of punctuation that belongs to the word before it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Word<'a> {
    /// Begin in seconds; punctuation has none.
    pub begin: Option<f64>,
    /// End in seconds.
    pub end: Option<f64>,
    /// The word.
    pub content: Cow<'a, str>,
    /// It is punctuation.
    pub punctuation: bool,
    /// What was masked here.
    pub masked: Option<Cow<'a, str>>,
    /// Language tag.
    pub language: Option<Cow<'a, str>>,
}

/// Words of one speaker that follow each other: a channel, or a segment of a diarised file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run<'a> {
    /// Index of the speaker.
    pub speaker: u32,
    /// Begin and end as the source states them for the run, seconds.
    pub stated: Option<(f64, f64)>,
    /// The words.
    pub words: Vec<Word<'a>>,
}

/// A turn made from words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spoken {
    /// Index of the speaker.
    pub speaker: u32,
    /// Begin, seconds.
    pub begin: Option<f64>,
    /// End, seconds.
    pub end: Option<f64>,
    /// What was said.
    pub content: String,
    /// Characters in `content`.
    characters: u32,
    /// Masked spans.
    pub redactions: Vec<Redaction>,
    /// Language tag of the first word that has one.
    pub language: Option<String>,
}

/// Turns of channels: every run is one channel from begin to end.
pub fn of_channels(channels: &[Run<'_>], rules: TurnRules) -> Vec<Spoken> {
    let mut utterances = Vec::new();
    for channel in channels {
        match rules {
            TurnRules::Standard => cut(channel, &mut utterances, |gap, sentence_over| {
                gap >= PAUSE || (sentence_over && gap >= PAUSE_AFTER_SENTENCE)
            }),
            TurnRules::Pca => cut(channel, &mut utterances, |gap, _| gap > PCA_PAUSE),
        }
    }
    of_utterances(utterances)
}

/// Turns of a diarised file: every run is a segment of one speaker, in order of time.
pub fn of_segments(segments: &[Run<'_>], rules: TurnRules) -> Vec<Spoken> {
    let mut utterances = Vec::new();
    for segment in segments {
        match rules {
            TurnRules::Standard => cut(segment, &mut utterances, |gap, _| gap >= NEW_TURN),
            TurnRules::Pca => {
                let before = utterances.len();
                cut(segment, &mut utterances, |_, _| false);
                if let (Some((begin, end)), Some(whole)) = (segment.stated, utterances.get_mut(before)) {
                    whole.begin = Some(begin);
                    whole.end = Some(end);
                }
            }
        }
    }
    joined(utterances)
}

/// Turns of utterances of several speakers: sorted by begin, neighbours joined.
pub fn of_utterances(mut utterances: Vec<Spoken>) -> Vec<Spoken> {
    // What has no begin stays at the front: nothing says where it belongs.
    let begin = |utterance: &Spoken| utterance.begin.unwrap_or(f64::NEG_INFINITY);
    utterances.sort_by(|a, b| begin(a).total_cmp(&begin(b)));
    joined(utterances)
}

impl Spoken {
    /// An utterance whose text the source has put together itself.
    pub fn of_text(speaker: u32, begin: Option<f64>, end: Option<f64>, content: String) -> Self {
        let characters = u32::try_from(content.chars().count()).unwrap_or(u32::MAX);
        Self { speaker, begin, end, content, characters, ..Self::default() }
    }

    /// Begin in milliseconds.
    pub fn begin_millis(&self) -> Option<i64> {
        millis(self.begin)
    }

    /// End in milliseconds.
    pub fn end_millis(&self) -> Option<i64> {
        millis(self.end)
    }

    fn push(&mut self, word: &Word<'_>) {
        if !word.punctuation && !self.content.is_empty() {
            self.content.push(' ');
            self.characters = self.characters.saturating_add(1);
        }
        let begin_char = self.characters;
        self.content.push_str(&word.content);
        let length = u32::try_from(word.content.chars().count()).unwrap_or(u32::MAX);
        self.characters = self.characters.saturating_add(length);
        if let Some(kind) = &word.masked {
            self.redactions.push(Redaction { kind: kind.to_string(), begin_char, end_char: self.characters });
        }
        if self.language.is_none() {
            self.language = word.language.as_deref().map(str::to_owned);
        }
        self.end = word.end.or(self.end);
    }

    fn append(&mut self, next: Spoken) {
        if self.content.is_empty() || next.content.is_empty() {
            self.content.push_str(&next.content);
        } else {
            self.content.push(' ');
            self.content.push_str(&next.content);
            self.characters = self.characters.saturating_add(1);
        }
        let shift = self.characters;
        self.redactions.extend(next.redactions.into_iter().map(|span| Redaction {
            begin_char: span.begin_char.saturating_add(shift),
            end_char: span.end_char.saturating_add(shift),
            ..span
        }));
        self.characters = self.characters.saturating_add(next.characters);
        self.end = next.end.or(self.end);
        self.language = self.language.take().or(next.language);
    }
}

fn millis(seconds: Option<f64>) -> Option<i64> {
    let millis = (seconds? * 1000.0).round();
    (millis.is_finite() && millis.abs() < 9.0e15).then_some(millis as i64)
}

/// Cuts a run into utterances where `ends(gap, sentence_over)`. Punctuation before the first word belongs to no word and
/// is left out, but for the marks that open a Spanish sentence.
fn cut(run: &Run<'_>, utterances: &mut Vec<Spoken>, ends: impl Fn(f64, bool) -> bool) {
    let mut open: Option<Spoken> = None;
    let mut opening = String::new();
    for word in &run.words {
        if word.punctuation {
            match &mut open {
                Some(utterance) if !matches!(word.content.as_ref(), "¿" | "¡") => utterance.push(word),
                _ if matches!(word.content.as_ref(), "¿" | "¡") => opening.push_str(&word.content),
                _ => {}
            }
            continue;
        }
        if word.content.is_empty() {
            continue;
        }
        let over = open.as_ref().is_some_and(|utterance| match (utterance.end, word.begin) {
            (Some(end), Some(begin)) => ends(begin - end, utterance.content.ends_with(['.', '?', '!', '。', '？'])),
            _ => false,
        });
        if over {
            utterances.extend(open.take());
        }
        let utterance =
            open.get_or_insert_with(|| Spoken { speaker: run.speaker, begin: word.begin, ..Spoken::default() });
        utterance.begin = utterance.begin.or(word.begin);
        if opening.is_empty() {
            utterance.push(word);
        } else {
            opening.push_str(&word.content);
            utterance.push(&Word { content: Cow::Owned(std::mem::take(&mut opening)), ..word.clone() });
        }
    }
    utterances.extend(open);
}

/// Joins neighbours of one speaker with less than [`NEW_TURN`] between them.
fn joined(utterances: Vec<Spoken>) -> Vec<Spoken> {
    let mut turns: Vec<Spoken> = Vec::new();
    for utterance in utterances {
        match turns.last_mut() {
            Some(last) if last.speaker == utterance.speaker && !apart(last, &utterance) => last.append(utterance),
            _ => turns.push(utterance),
        }
    }
    turns
}

fn apart(last: &Spoken, next: &Spoken) -> bool {
    matches!((last.end, next.begin), (Some(end), Some(begin)) if begin - end >= NEW_TURN)
}
