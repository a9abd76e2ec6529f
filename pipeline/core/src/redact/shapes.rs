//! Whether a run of digits has the form of what it is said to be.

use super::checks;
use super::dates;
use super::runs::Run;
use super::settings::Kind;
use super::topics::Topic;

/// How well a run fits a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is this.
    Whole(Kind),
    /// It may be a part of this, read out piece by piece.
    Part(Kind),
    /// It is something else.
    None,
}

/// Digits that all parts of a number together have at least.
pub(super) const fn least_digits(kind: Kind) -> usize {
    match kind {
        Kind::Card => 8,
        Kind::Phone | Kind::NationalId => 7,
        Kind::Routing => 6,
        Kind::Account => 5,
        _ => 1,
    }
}

/// What the conversation has had already that decides about short numbers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Context {
    /// A card number is being given.
    pub card: bool,
    /// The topic was asked for, so short pieces count.
    pub asked: bool,
    /// The turn is hardly more than the number.
    pub pure: bool,
}

/// Whether a run fits a topic.
pub(super) fn fit(topic: Topic, run: &Run, context: Context) -> Fit {
    let digits = run.digits.len();
    if run.amount || run.glued {
        return Fit::None;
    }
    let whole = |kind: Kind, fits: bool| if fits { Fit::Whole(kind) } else { Fit::None };
    let part = |kind: Kind, whole: bool, part: bool| {
        let part = part && (context.pure || !context.asked);
        if whole {
            Fit::Whole(kind)
        } else if part {
            Fit::Part(kind)
        } else {
            Fit::None
        }
    };
    match topic {
        Topic::Card => {
            if (12..=19).contains(&digits) {
                Fit::Whole(Kind::Card)
            } else if run.slash && dates::is_expiry(&run.digits, false) {
                Fit::Whole(Kind::Expiry)
            } else if context.card && digits == 3 {
                Fit::Whole(Kind::Cvv)
            } else {
                part(Kind::Card, false, (2..12).contains(&digits))
            }
        }
        Topic::Cvv => {
            if run.slash && dates::is_expiry(&run.digits, true) {
                Fit::Whole(Kind::Expiry)
            } else {
                whole(Kind::Cvv, (3..=4).contains(&digits))
            }
        }
        Topic::Expiry => {
            if dates::is_expiry(&run.digits, run.slash) {
                Fit::Whole(Kind::Expiry)
            } else if digits == 3 && context.card {
                Fit::Whole(Kind::Cvv)
            } else {
                Fit::None
            }
        }
        Topic::Account => {
            if matches!(digits, 15 | 16) && checks::card(&run.digits) {
                Fit::Whole(Kind::Card)
            } else {
                part(
                    Kind::Account,
                    (5..=20).contains(&digits),
                    context.asked && (2..5).contains(&digits) || (3..5).contains(&digits),
                )
            }
        }
        Topic::Iban => whole(Kind::Iban, (10..=30).contains(&digits) || context.asked && digits >= 2),
        Topic::Routing if (10..=17).contains(&digits) => Fit::Whole(Kind::Account),
        Topic::Routing => part(Kind::Routing, matches!(digits, 6..=9), (2..6).contains(&digits)),
        Topic::Code => whole(Kind::Cvv, context.card && (3..=4).contains(&digits) && !run.slash),
        Topic::Phone => {
            if matches!(digits, 15 | 16) && checks::card(&run.digits) {
                Fit::Whole(Kind::Card)
            } else {
                part(Kind::Phone, (7..=15).contains(&digits), (2..7).contains(&digits))
            }
        }
        Topic::Postcode => whole(Kind::Address, (4..=7).contains(&digits) || digits == 9),
        Topic::NationalId => part(
            Kind::NationalId,
            (7..=13).contains(&digits) || digits == 4 && context.asked && context.pure,
            (2..7).contains(&digits) && (context.asked || digits == 3),
        ),
        Topic::Password => whole(Kind::Password, digits >= 4),
        Topic::Pin => whole(Kind::Pin, (3..=8).contains(&digits) || (context.asked && digits == 2)),
        Topic::Number => match formatted(run) {
            Some(kind) => Fit::Whole(kind),
            None => part(Kind::Phone, matches!(digits, 10 | 11), context.asked && (2..7).contains(&digits)),
        },
        Topic::Address
        | Topic::BirthDate
        | Topic::Email
        | Topic::EmailPart
        | Topic::Name
        | Topic::Benign
        | Topic::LastFour
        | Topic::Soft
        | Topic::Clear => Fit::None,
    }
}

/// What a run is by its form alone.
pub(super) fn formatted(run: &Run) -> Option<Kind> {
    if run.amount || run.glued || run.slash {
        return None;
    }
    if checks::card(&run.digits) {
        return Some(Kind::Card);
    }
    if run.spoken {
        return None;
    }
    if run.groups == [3, 2, 4] && run.dash {
        return Some(Kind::NationalId);
    }
    is_phone(run).then_some(Kind::Phone)
}

fn is_phone(run: &Run) -> bool {
    let digits = run.digits.as_str();
    let groups = run.groups.as_slice();
    let zero = digits.starts_with('0');
    run.plus && (8..=15).contains(&digits.len())
        || groups == [3, 3, 4] && !zero && !digits.starts_with('1')
        || matches!(groups, [1, 3, 3, 4]) && digits.starts_with('1')
        || matches!(groups, [4, 3, 3]) && zero
        || groups.len() == 3 && zero && (10..=11).contains(&digits.len()) && groups.last() == Some(&4)
        || zero
            && digits.len() == 11
            && matches!(groups, [5, 6] | [5, 3, 3] | [4, 7] | [4, 3, 4] | [3, 4, 4] | [3, 8] | [2, 4, 5] | [4, 4, 3])
        || zero && digits.len() == 11 && digits.starts_with("07") && groups.len() == 1
        || digits.len() == 9 && digits.starts_with(['6', '7', '9']) && matches!(groups, [3, 3, 3] | [3, 2, 2, 2])
        || digits.len() == 10 && digits.starts_with("0") && matches!(groups, [2, 2, 2, 2, 2])
}
