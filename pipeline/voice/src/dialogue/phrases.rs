//! What the agent says of itself, by language. Kind, short, and never a promise that something was done.

use aftercall_core::text::Language;

/// Something the agent says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phrase {
    /// Nothing supports an answer.
    Unknown,
    /// A person takes over.
    Handover,
    /// The caller says that it is solved.
    Solved,
}

/// The phrase in the language of a BCP 47 tag; English where there is no other.
pub fn phrase(phrase: Phrase, locale: &str) -> &'static str {
    match (phrase, Language::of_tag(locale)) {
        (Phrase::Unknown, Some(Language::Spanish)) => "No lo sé. ¿Puede preguntarlo de otra manera?",
        (Phrase::Unknown, Some(Language::Japanese)) => {
            "申し訳ありません、分かりかねます。別の言い方でお尋ねいただけますか。"
        }
        (Phrase::Unknown, _) => "I don't know that. Could you ask it in another way?",
        (Phrase::Handover, Some(Language::Spanish)) => "Le paso con un compañero.",
        (Phrase::Handover, Some(Language::Japanese)) => "担当者におつなぎします。",
        (Phrase::Handover, _) => "I will pass you to a colleague.",
        (Phrase::Solved, Some(Language::Spanish)) => "Me alegro de que esté resuelto.",
        (Phrase::Solved, Some(Language::Japanese)) => "解決してよかったです。",
        (Phrase::Solved, _) => "I am glad that it is solved.",
    }
}
