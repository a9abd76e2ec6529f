//! What a number or word is about, by the phrases around it.

use std::sync::LazyLock;

use crate::text::phrases::Phrases;

/// What a phrase asks for or announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    Card,
    Cvv,
    Expiry,
    Account,
    Iban,
    Routing,
    Phone,
    Email,
    /// One side of an e-mail address.
    EmailPart,
    Address,
    Postcode,
    BirthDate,
    NationalId,
    Password,
    Pin,
    /// "The number is": the form of the number decides.
    Number,
    Name,
    /// Something that is no secret: order, invoice, flight.
    Benign,
    /// A quantity or a place: nothing that is asked for; only numbers of an unmistakable form count after it.
    Soft,
    /// "The code is": of a card, where a card is the topic.
    Code,
    /// The end of a number that stays known by it.
    LastFour,
    /// A question about something else: what was asked before is over.
    Clear,
}

/// The language of a cue file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CueLanguage {
    English,
    Spanish,
    Japanese,
    /// Some German, French, Italian, Dutch and Portuguese; always used.
    Other,
}

impl CueLanguage {
    pub(super) const fn code(self) -> Option<&'static str> {
        match self {
            Self::English => Some("en"),
            Self::Spanish => Some("es"),
            Self::Japanese => Some("ja"),
            Self::Other => None,
        }
    }
}

impl Topic {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "card" => Self::Card,
            "cvv" => Self::Cvv,
            "expiry" => Self::Expiry,
            "account" => Self::Account,
            "iban" => Self::Iban,
            "routing" => Self::Routing,
            "phone" => Self::Phone,
            "email" => Self::Email,
            "email-part" => Self::EmailPart,
            "address" => Self::Address,
            "postcode" => Self::Postcode,
            "birth" => Self::BirthDate,
            "national" => Self::NationalId,
            "password" => Self::Password,
            "pin" => Self::Pin,
            "number" => Self::Number,
            "name" => Self::Name,
            "benign" => Self::Benign,
            "soft" => Self::Soft,
            "code" => Self::Code,
            "last-four" => Self::LastFour,
            "clear" => Self::Clear,
            _ => return None,
        })
    }
}

/// Where the name stands that a phrase introduces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Introduction {
    /// The phrase introduces names only.
    Strong,
    /// The phrase introduces names and other things.
    Weak,
    /// My wife: a name may follow.
    Relation,
    /// Mr, Señora: a family name follows.
    Title,
}

pub(super) static CUES: LazyLock<Phrases<(Topic, CueLanguage)>> = LazyLock::new(|| {
    let files = [
        (include_str!("../../resources/redaction/cues.en.txt"), CueLanguage::English),
        (include_str!("../../resources/redaction/cues.es.txt"), CueLanguage::Spanish),
        (include_str!("../../resources/redaction/cues.ja.txt"), CueLanguage::Japanese),
        (include_str!("../../resources/redaction/cues.other.txt"), CueLanguage::Other),
    ];
    let lines = files.iter().flat_map(|(file, language)| file.lines().map(|line| (line, *language)));
    Phrases::new(lines.filter(|(line, _)| !line.starts_with('#')).filter_map(|(line, language)| {
        let (name, phrase) = line.split_once('\t')?;
        Some(((Topic::parse(name)?, language), phrase.trim()))
    }))
});

pub(super) static INTRODUCTIONS: LazyLock<Phrases<Introduction>> = LazyLock::new(|| {
    Phrases::read(&[include_str!("../../resources/redaction/intros.txt")], |name| {
        Some(match name {
            "strong" => Introduction::Strong,
            "weak" => Introduction::Weak,
            "relation" => Introduction::Relation,
            "title" => Introduction::Title,
            _ => return None,
        })
    })
});
