//! What evidence for a name is made of: where it stands, what it tells, and how the candidate looks that it is about.

/// Where a piece of evidence stands: the candidate itself, what stands before and after its run, its neighbours inside the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Slot {
    Myself,
    Lead,
    Lead2,
    Near,
    Tail,
    Tail2,
    Before,
    After,
    Place,
    Turn,
}

impl Slot {
    /// Their names in data files, in order.
    pub(super) const ALL: &[(&str, Self)] = &[
        ("self", Self::Myself),
        ("lead", Self::Lead),
        ("lead2", Self::Lead2),
        ("near", Self::Near),
        ("tail", Self::Tail),
        ("tail2", Self::Tail2),
        ("before", Self::Before),
        ("after", Self::After),
        ("place", Self::Place),
        ("turn", Self::Turn),
    ];

    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, one)| *one)
    }
}

/// What a word around a name tells (`name_context.txt`), or what its form tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Class {
    Kin,
    Role,
    Call,
    Name,
    Be,
    Pronoun,
    Greet,
    To,
    With,
    By,
    From,
    For,
    Under,
    Of,
    As,
    At,
    Out,
    And,
    Article,
    This,
    Poss,
    Ask,
    Verb,
    Close,
    Spell,
    Want,
    Thing,
    Reach,
    Suffix,
    Edge,
    Stop,
    Comma,
    Symbol,
    Number,
    Mask,
    Title,
    Filler,
    Word,
    Letter,
    Given,
    Family,
    Both,
    Unknown,
    Ambiguous,
    Alone,
    First,
    Inner,
    Last,
    Asked,
    Foreign,
    Short,
    Owns,
    Begins,
    Uncased,
    Way,
    Storm,
    Buy,
    Place,
    Brand,
    Everyday,
}

impl Class {
    /// Their names in data files, in order.
    pub(super) const ALL: &[(&str, Self)] = &[
        ("kin", Self::Kin),
        ("role", Self::Role),
        ("call", Self::Call),
        ("name", Self::Name),
        ("be", Self::Be),
        ("pronoun", Self::Pronoun),
        ("greet", Self::Greet),
        ("to", Self::To),
        ("with", Self::With),
        ("by", Self::By),
        ("from", Self::From),
        ("for", Self::For),
        ("under", Self::Under),
        ("of", Self::Of),
        ("as", Self::As),
        ("at", Self::At),
        ("out", Self::Out),
        ("and", Self::And),
        ("article", Self::Article),
        ("this", Self::This),
        ("poss", Self::Poss),
        ("ask", Self::Ask),
        ("verb", Self::Verb),
        ("close", Self::Close),
        ("spell", Self::Spell),
        ("want", Self::Want),
        ("thing", Self::Thing),
        ("reach", Self::Reach),
        ("suffix", Self::Suffix),
        ("edge", Self::Edge),
        ("stop", Self::Stop),
        ("comma", Self::Comma),
        ("symbol", Self::Symbol),
        ("number", Self::Number),
        ("mask", Self::Mask),
        ("title", Self::Title),
        ("filler", Self::Filler),
        ("word", Self::Word),
        ("letter", Self::Letter),
        ("given", Self::Given),
        ("family", Self::Family),
        ("both", Self::Both),
        ("unknown", Self::Unknown),
        ("ambiguous", Self::Ambiguous),
        ("alone", Self::Alone),
        ("first", Self::First),
        ("inner", Self::Inner),
        ("last", Self::Last),
        ("asked", Self::Asked),
        ("foreign", Self::Foreign),
        ("short", Self::Short),
        ("owns", Self::Owns),
        ("begins", Self::Begins),
        ("uncased", Self::Uncased),
        ("way", Self::Way),
        ("storm", Self::Storm),
        ("buy", Self::Buy),
        ("place", Self::Place),
        ("brand", Self::Brand),
        ("everyday", Self::Everyday),
    ];

    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, one)| *one)
    }
}

/// How a candidate looks: the list that it is in, and whether a capital shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Shape {
    Any,
    Given,
    Family,
    UnknownCapital,
    Unknown,
    AmbiguousCapital,
    Ambiguous,
    WordCapital,
}

impl Shape {
    /// Their names in data files, in order.
    pub(super) const ALL: &[(&str, Self)] = &[
        ("any", Self::Any),
        ("given", Self::Given),
        ("family", Self::Family),
        ("unknown-capital", Self::UnknownCapital),
        ("unknown", Self::Unknown),
        ("ambiguous-capital", Self::AmbiguousCapital),
        ("ambiguous", Self::Ambiguous),
        ("word-capital", Self::WordCapital),
    ];

    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, one)| *one)
    }
}

/// One piece of evidence as a number.
pub(super) fn evidence(slot: Slot, class: Class, shape: Shape) -> u16 {
    (slot as u16 * Class::ALL.len() as u16 + class as u16) * Shape::ALL.len() as u16 + shape as u16
}

/// How many pieces of evidence there are.
pub(super) const PIECES: usize = Slot::ALL.len() * Class::ALL.len() * Shape::ALL.len();
