//! Who speaks: the one table from the services' words to ours, and what settings say of labels.
//!
//! A role is taken from the service where it names one; then from corrections, settings and the contact record; and
//! only at last from the words (`roles_words`). This file must not look at what was said.

use std::collections::{BTreeMap, BTreeSet};

use aftercall_schemas::ParticipantRole;
use aftercall_schemas::conversation::RoleSource;
use serde::{Deserialize, Serialize};

/// The words of Connect, Lex, Transcribe, their SDKs and the canonical form, without separators, in upper case.
/// `SYSTEM` is not decided by the word alone: see [`classify`].
const WORDS: &[(&str, ParticipantRole)] = &[
    ("AGENT", ParticipantRole::Agent),
    ("CUSTOMER", ParticipantRole::Customer),
    ("CALLER", ParticipantRole::Customer),
    ("CLIENT", ParticipantRole::Customer),
    ("USER", ParticipantRole::Customer),
    ("BOT", ParticipantRole::Bot),
    ("CUSTOMBOT", ParticipantRole::Bot),
    ("ASSISTANT", ParticipantRole::Bot),
    ("VIRTUALAGENT", ParticipantRole::Bot),
    ("IVR", ParticipantRole::Bot),
    ("SYSTEM", ParticipantRole::System),
    ("SUPERVISOR", ParticipantRole::Supervisor),
    ("MANAGER", ParticipantRole::Supervisor),
    ("THIRDPARTY", ParticipantRole::ThirdParty),
    ("EXTERNAL", ParticipantRole::ThirdParty),
];

/// What settings say of speakers whose source does not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpeakerSettings {
    /// Role by channel or speaker label (`ch_0`, `spk_1`) or channel number (`0`).
    pub labels: BTreeMap<String, ParticipantRole>,
    /// Names by channel or speaker number, as Post Call Analytics' `SpeakerNames` (`Agent | Customer`). Used for labels
    /// that `labels` does not name.
    pub names: Vec<String>,
    /// Display names that are bots of this installation, besides `BOT`.
    pub bot_names: BTreeSet<String>,
}

impl SpeakerSettings {
    /// The role that settings give a label such as `ch_0` or `spk_1`.
    pub fn role_of(&self, label: &str) -> Option<ParticipantRole> {
        let number = label.rsplit('_').next().unwrap_or(label);
        if let Some(role) = self.labels.get(label).or_else(|| self.labels.get(number)) {
            return Some(*role);
        }
        let index: usize = number.parse().ok()?;
        from_word(self.names.get(index)?)
    }
}

/// A correction by a person, which every later assembly of the contact repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// Customer and agent are the wrong way round.
    Swap,
    /// The participant with this id has this role.
    Role {
        /// Participant id, as the source has it (`spk_0`).
        label: String,
        /// Its role.
        role: ParticipantRole,
    },
}

/// The role of a participant and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    /// The role.
    pub role: ParticipantRole,
    /// `Service` where the word decides, `Settings` where a configured bot name does, `Unknown` where nothing does.
    pub source: RoleSource,
    /// The source's word, where it says more or other than our role.
    pub source_role: Option<String>,
}

/// The role that a word of a service stands for; `None` for a word that is not known.
pub fn from_word(word: &str) -> Option<ParticipantRole> {
    WORDS.iter().find(|(known, _)| same_word(word, known)).map(|(_, role)| *role)
}

/// Compares without letter case, blanks, `_` and `-`, and without allocating: this runs once a turn.
fn same_word(word: &str, known: &str) -> bool {
    let mut letters = word.bytes().filter(|byte| !matches!(byte, b'_' | b'-' | b' ')).map(|b| b.to_ascii_uppercase());
    let mut expected = known.bytes();
    loop {
        match (letters.next(), expected.next()) {
            (None, None) => return true,
            (a, b) if a == b => {}
            _ => return false,
        }
    }
}

/// The role of a participant by the service's word and its display name.
///
/// Connect calls everything automatic `SYSTEM`; the display name tells a bot (`BOT`, a name that ends so, or a configured one) from a flow's
/// prompt (`SYSTEM_MESSAGE`). With any other name (a redacted `[PII]`, a name given in the flow) nobody says which it
/// is: the role is `System` from `Unknown`, and a twin that knows better decides when the contact is assembled.
pub fn classify(word: Option<&str>, display_name: Option<&str>, settings: &SpeakerSettings) -> Classified {
    let known = |role, source| Classified { role, source, source_role: None };
    let Some(word) = word.map(str::trim).filter(|word| !word.is_empty()) else {
        return known(ParticipantRole::Unknown, RoleSource::Unknown);
    };
    match from_word(word) {
        Some(ParticipantRole::System) => {
            let source_role = Some(word.to_owned());
            match display_name.map(str::trim) {
                // Names of bots end so: `BOT`, `OrderBot`, `Bank bot`.
                Some(name)
                    if name.get(name.len().saturating_sub(3)..).is_some_and(|end| end.eq_ignore_ascii_case("BOT")) =>
                {
                    Classified { role: ParticipantRole::Bot, source: RoleSource::Service, source_role }
                }
                Some(name) if settings.bot_names.contains(name) => {
                    Classified { role: ParticipantRole::Bot, source: RoleSource::Settings, source_role }
                }
                Some(name) if same_word(name, "SYSTEMMESSAGE") => known(ParticipantRole::System, RoleSource::Service),
                _ => known(ParticipantRole::System, RoleSource::Unknown),
            }
        }
        Some(role) => {
            let differs = !word.eq_ignore_ascii_case(role.as_str());
            Classified { role, source: RoleSource::Service, source_role: differs.then(|| word.to_owned()) }
        }
        None => Classified {
            role: ParticipantRole::Unknown,
            source: RoleSource::Unknown,
            source_role: Some(word.to_owned()),
        },
    }
}

/// Whether a display name is a person's, and so has to be redacted: not a word of the service and not a mask.
pub fn is_personal_name(name: &str) -> bool {
    let name = name.trim();
    !name.is_empty()
        && !name.starts_with('[')
        && from_word(name).is_none()
        && !same_word(name, "SYSTEMMESSAGE")
        && name.chars().any(char::is_alphabetic)
}
