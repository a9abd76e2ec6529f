//! Who speaks, concluded from the words: the last resort, always with a confidence.
//!
//! Whoever offers help, asks to confirm and says "you" is the agent; whoever says "I" and "my" and states a need is the
//! customer. The weights were fitted on conversations of shops, banks and clinics whose speakers are known, and rounded;
//! on them it names 95 to 100 of 100 pairs rightly (tests/roles_words.rs). English only: other languages have no cues
//! here, and so no answer. It must not look at labels or times.

use std::sync::LazyLock;

use aftercall_schemas::ParticipantRole;
use aho_corasick::{AhoCorasick, MatchKind};

/// What agents say.
const AGENT: &[&str] = &[
    "how can i help",
    "how may i help",
    "can i help you",
    "may i help",
    "thank you for calling",
    "thanks for calling",
    "for calling",
    "my name is",
    "is there anything else",
    "anything else i can",
    "help you with",
    "let me check",
    "let me see",
    "let me just",
    "one moment",
    "for you",
    "have a great day",
    "have a good day",
    "have a nice day",
    "i apologize",
    "sorry to hear",
    "i understand",
    "would you like",
    "do you have",
    "can you confirm",
    "could you confirm",
    "please confirm",
    "can i have your",
    "may i have your",
    "can i get your",
    "could i have your",
    "what is your",
    "what's your",
    "your account",
    "your order",
    "your name",
    "date of birth",
    "verify",
    "what brings you",
    "how long have you",
    "tell me",
    "i'd be happy to",
    "i would be happy",
    "i'll be happy",
    "i can help",
    "you're welcome",
    "no problem",
    "we can",
    "we'll",
    "we will",
    "i'm going to",
    "go ahead and",
    "all set",
    "i have scheduled",
    "any other",
    "do you",
    "have you",
    "are you",
    "did you",
];

/// What customers say.
const CUSTOMER: &[&str] = &[
    "i'm calling",
    "i am calling",
    "i was calling",
    "i'm trying to",
    "i need",
    "i want",
    "i'd like",
    "i would like",
    "i lost",
    "i have a problem",
    "i have been",
    "i've been",
    "i've had",
    "my card",
    "my account",
    "my order",
    "my bill",
    "my phone",
    "my password",
    "can you help",
    "can you tell me",
    "could you help",
    "i'm looking for",
    "i am looking for",
    "i don't know",
    "i can't",
    "i didn't",
    "it's not working",
    "that's all",
    "that's it",
    "that would be",
    "thank you",
    "thanks",
    "yes please",
    "no thank",
    "doctor",
];

/// A role concluded from words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Concluded {
    /// The role.
    pub role: ParticipantRole,
    /// How sure that is, 0–1.
    pub confidence: f64,
}

/// Below this confidence nothing is concluded.
const SURE_ENOUGH: f64 = 0.6;
/// No words make it surer than this.
const NEVER_SURER: f64 = 0.97;

/// What one speaker says, as numbers.
#[derive(Debug, Clone, Copy, Default)]
struct Evidence {
    /// How much it sounds like an agent (positive) or a customer (negative).
    score: f64,
    words: usize,
}

/// Concludes the roles of speakers whose role is `Unknown` from all that each says (turns of one speaker together, one
/// a line). Speakers whose role is known help: two speakers are rarely on the same side.
pub fn conclude(speakers: &[(ParticipantRole, String)]) -> Vec<Option<Concluded>> {
    let mut concluded = vec![None; speakers.len()];
    let evidence: Vec<Evidence> = speakers.iter().map(|(_, text)| weigh(text)).collect();
    let unknown: Vec<usize> = positions(speakers, |role| role == ParticipantRole::Unknown);
    let human_side = |role| matches!(role, ParticipantRole::Agent | ParticipantRole::Supervisor | ParticipantRole::Bot);
    let agents = positions(speakers, human_side);
    let customers = positions(speakers, |role| role == ParticipantRole::Customer);
    let at = |position: usize| evidence.get(position).copied().unwrap_or_default();
    let by_score = |a: &&usize, b: &&usize| at(**a).score.total_cmp(&at(**b).score);

    let (agent, customer, prior) = match (agents.first(), customers.first()) {
        (Some(_), Some(_)) => return concluded,
        // One side is known: the other speaker is on the other side, unless the words say otherwise.
        (Some(agent), None) => (Some(agent), unknown.iter().min_by(by_score), 2.2),
        (None, Some(customer)) => (unknown.iter().max_by(by_score), Some(customer), 2.2),
        (None, None) => (unknown.iter().max_by(by_score), unknown.iter().min_by(by_score), 0.0),
    };
    let (Some(agent), Some(customer)) = (agent, customer) else { return concluded };
    if agent == customer {
        return concluded;
    }
    let (agent_says, customer_says) = (at(*agent), at(*customer));
    // A few words prove little.
    let weight = (agent_says.words.min(customer_says.words) as f64 / 15.0).min(1.0);
    let difference = (agent_says.score - customer_says.score) * weight + prior;
    let confidence = (1.0 / (1.0 + (-difference).exp())).min(NEVER_SURER);
    if confidence < SURE_ENOUGH {
        return concluded;
    }
    // Two digits: more would suggest a precision that is not there.
    let confidence = (confidence * 100.0).round() / 100.0;
    for (position, role) in [(*agent, ParticipantRole::Agent), (*customer, ParticipantRole::Customer)] {
        if unknown.contains(&position)
            && let Some(place) = concluded.get_mut(position)
        {
            *place = Some(Concluded { role, confidence });
        }
    }
    concluded
}

fn positions(speakers: &[(ParticipantRole, String)], wanted: impl Fn(ParticipantRole) -> bool) -> Vec<usize> {
    speakers.iter().enumerate().filter(|(_, (role, _))| wanted(*role)).map(|(position, _)| position).collect()
}

static CUES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    // The phrases are constants, so this succeeds, and a test sees to it.
    let phrases = AGENT.iter().chain(CUSTOMER);
    AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(phrases).ok()
});

/// Rates are per hundred words, so that a long call does not weigh more than its words do.
fn weigh(text: &str) -> Evidence {
    let text = text.replace('\u{2019}', "'");
    let (mut words, mut you, mut me) = (0_usize, 0_usize, 0_usize);
    for word in text.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|word| !word.is_empty()) {
        words += 1;
        let is = |list: &[&str]| list.iter().any(|known| word.eq_ignore_ascii_case(known));
        you += usize::from(is(&["you", "your", "you're", "you've", "you'll", "yours"]));
        me += usize::from(is(&["i", "my", "me", "i'm", "i've", "i'd", "i'll", "mine"]));
    }
    let (mut agent, mut customer) = (0_usize, 0_usize);
    if let Some(cues) = CUES.as_ref() {
        for hit in cues.find_overlapping_iter(&text) {
            if hit.pattern().as_usize() < AGENT.len() { agent += 1 } else { customer += 1 }
        }
    }
    let turns = text.lines().count().max(1) as f64;
    let questions = text.lines().filter(|line| line.contains('?')).count() as f64 / turns;
    let hundreds = (words as f64 / 100.0).max(0.3);
    let rate = |count: usize| (count as f64 / hundreds).min(12.0) / 4.0;
    let share = |count: usize| count as f64 / words.max(1) as f64 * 10.0;
    let score = rate(agent) - 1.5 * rate(customer) + 0.6 * share(you) - 1.2 * share(me) + 0.3 * questions;
    Evidence { score, words }
}
