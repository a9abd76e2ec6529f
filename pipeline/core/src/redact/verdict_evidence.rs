//! What evidence about a number, or a piece that may be an address, is made of: where it stands and what it tells.
//!
//! In the file of weights a piece is its slot's name and two values; what these count stands where the evidence is collected.

use super::settings::Kind;

/// Where a piece of evidence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Slot {
    /// Always there.
    Any,
    /// Digits of the run.
    Length,
    /// How it is written.
    Form,
    /// The nearest phrase before it in its turn, with its length.
    Cue,
    /// The same with how near it is.
    CueNear,
    /// The phrase after it.
    CueAfter,
    /// What was asked for in the turns before, with its length.
    Asked,
    /// The same with how long ago.
    AskedAge,
    /// The word before it, with its length.
    Lead,
    /// The word before that.
    Lead2,
    /// Words farther in front.
    Near,
    /// The word after it, with its length.
    Tail,
    /// The word after that.
    Tail2,
    /// Other words of the turn.
    Pure,
    /// What was found in the turn.
    Here,
    /// What was found in the turns before.
    Earlier,
    /// What the number before it in the turn is, and what stands between.
    Before,
    /// What the number after it is.
    After,
    /// Who says it.
    Role,
    /// Digits of it and of the numbers that only corrections part from it.
    Together,
}

impl Slot {
    pub(super) const ALL: &[(&str, Self)] = &[
        ("any", Self::Any),
        ("length", Self::Length),
        ("form", Self::Form),
        ("cue", Self::Cue),
        ("cue-near", Self::CueNear),
        ("cue-after", Self::CueAfter),
        ("asked", Self::Asked),
        ("asked-age", Self::AskedAge),
        ("lead", Self::Lead),
        ("lead2", Self::Lead2),
        ("near", Self::Near),
        ("tail", Self::Tail),
        ("tail2", Self::Tail2),
        ("pure", Self::Pure),
        ("here", Self::Here),
        ("earlier", Self::Earlier),
        ("before", Self::Before),
        ("after", Self::After),
        ("role", Self::Role),
        ("together", Self::Together),
    ];
}

/// What a word beside a number tells: `number_context.txt`, or its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Class {
    Edge,
    Reach,
    Be,
    Number,
    Say,
    Order,
    Place,
    Pay,
    Money,
    Until,
    Time,
    End,
    Live,
    Born,
    Secret,
    Bank,
    Card,
    Id,
    Correct,
    Yes,
    Person,
    Your,
    Article,
    And,
    More,
    Amount,
    Month,
    Street,
    Unit,
    Figure,
    Mask,
    Stop,
    Symbol,
    Things,
    Word,
    Name,
    Letter,
    Unknown,
    Ideograph,
}

impl Class {
    /// Those that the file of words has.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "reach" => Self::Reach,
            "be" => Self::Be,
            "number" => Self::Number,
            "say" => Self::Say,
            "order" => Self::Order,
            "place" => Self::Place,
            "pay" => Self::Pay,
            "money" => Self::Money,
            "until" => Self::Until,
            "time" => Self::Time,
            "end" => Self::End,
            "live" => Self::Live,
            "born" => Self::Born,
            "secret" => Self::Secret,
            "bank" => Self::Bank,
            "card" => Self::Card,
            "id" => Self::Id,
            "correct" => Self::Correct,
            "yes" => Self::Yes,
            "person" => Self::Person,
            "your" => Self::Your,
            "article" => Self::Article,
            "and" => Self::And,
            "more" => Self::More,
            _ => return None,
        })
    }
}

/// Values of a slot's second part.
const WIDTH: u16 = 32;
/// Values of a slot.
const VALUES: u16 = 64 * WIDTH;

/// One piece of evidence as a number.
pub(super) const fn evidence(slot: Slot, first: u16, second: u16) -> u16 {
    slot as u16 * VALUES + (first % 64) * WIDTH + second % WIDTH
}

/// What a number is, in the order of the weights: nothing that is masked, or a kind.
pub(super) const VERDICTS: usize = Kind::ALL.len() + 1;

/// A piece of evidence by name: slot, first and second value.
pub(super) fn name(piece: u16) -> String {
    let slot = Slot::ALL.get(usize::from(piece / VALUES)).map_or("", |(name, _)| *name);
    format!("{slot}\t{}\t{}", piece % VALUES / WIDTH, piece % WIDTH)
}

/// The piece that such a name stands for.
pub(super) fn piece(slot: &str, first: &str, second: &str) -> Option<u16> {
    let (_, slot) = Slot::ALL.iter().find(|(name, _)| *name == slot)?;
    Some(evidence(*slot, first.parse().ok()?, second.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_has_a_name_of_its_own() {
        for (_, slot) in Slot::ALL {
            for (first, second) in [(0, 0), (63, 31), (5, 17)] {
                let one = evidence(*slot, first, second);
                let name = name(one);
                let fields: Vec<&str> = name.split('\t').collect();
                assert_eq!(piece(fields[0], fields[1], fields[2]), Some(one), "{name}");
            }
        }
    }

    /// A line that is not read would be a weight that is missing.
    #[test]
    fn every_line_of_the_weights_is_read() {
        for file in [
            include_str!("../../resources/redaction/number_evidence.txt"),
            include_str!("../../resources/redaction/address_evidence.txt"),
        ] {
            let lines: Vec<&str> = file.lines().filter(|line| !line.starts_with('#')).collect();
            assert!(lines.len() > 100);
            for line in lines {
                let fields: Vec<&str> = line.split('\t').collect();
                assert!(piece(fields[0], fields[1], fields[2]).is_some(), "{line}");
                for weight in &fields[3..] {
                    let (kind, weight) = weight.split_once('=').unwrap();
                    assert!(kind == "none" || Kind::parse(kind).is_some(), "{line}");
                    assert!(weight.parse::<f32>().is_ok_and(f32::is_finite), "{line}");
                }
            }
        }
    }
}
