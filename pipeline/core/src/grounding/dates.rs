//! Months, weekdays and parts of the day in a statement against its turns.

const EXACT: &[&[&str]] = &[
    &["january", "jan", "enero"],
    &["february", "feb", "febrero"],
    &["march", "marzo"],
    &["april", "apr", "abril"],
    &["june", "jun", "junio"],
    &["july", "jul", "julio"],
    &["august", "aug", "agosto"],
    &["september", "sept", "sep", "septiembre"],
    &["october", "oct", "octubre"],
    &["november", "nov", "noviembre"],
    &["december", "dec", "diciembre"],
    &["monday", "mon", "lunes"],
    &["tuesday", "tue", "tues", "martes"],
    &["wednesday", "wed", "miércoles"],
    &["thursday", "thu", "thurs", "jueves"],
    &["friday", "fri", "viernes"],
    &["saturday", "sat", "sábado"],
    &["sunday", "domingo"],
    &["noon", "midday", "mediodía"],
    &["midnight", "medianoche"],
    &["weekend"],
    &["spring"],
    &["summer"],
    &["autumn"],
    &["winter"],
    &["christmas"],
    &["easter"],
];

/// Relative days: a summary may say "the next day" for "tomorrow", so each has its paraphrases.
const RELATIVE: &[(&str, &[&str])] = &[
    ("today", &["today", "now", "same day", "this"]),
    ("tomorrow", &["tomorrow"]),
    ("yesterday", &["yesterday"]),
    ("tonight", &["tonight", "this evening"]),
    ("morning", &["morning", "am", "a.m"]),
    ("afternoon", &["afternoon", "pm", "p.m"]),
    ("evening", &["evening", "tonight", "pm"]),
    ("night", &["night", "tonight", "evening"]),
];

/// Whether a word names a date, so that it is compared here.
pub(super) fn is_date_word(word: &str) -> bool {
    EXACT.iter().any(|group| group.contains(&word))
        || RELATIVE.iter().any(|(name, _)| *name == word)
        || matches!(word, "next" | "last" | "following" | "previous" | "may")
}

/// Words of time in the statement that the turns do not have. "May" counts where the case or a neighbour shows the month.
pub(super) fn missing(said: &[&str], known: &[&str], may: (bool, bool)) -> Vec<String> {
    let mut missing = Vec::new();
    for word in said {
        if let Some(group) = EXACT.iter().find(|group| group.contains(word)) {
            if !known.iter().any(|other| group.contains(other)) {
                missing.push((*word).to_owned());
            }
        } else if let Some((_, forms)) = RELATIVE.iter().find(|(name, _)| name == word)
            && !known.iter().any(|other| forms.contains(other))
        {
            missing.push((*word).to_owned());
        }
    }
    if may.0 && !may.1 {
        missing.push("may".to_owned());
    }
    // Next and last turn a week or month into its opposite.
    let has = |words: &[&str], word: &str| words.contains(&word);
    for (one, other) in [("next", "last"), ("last", "next"), ("following", "last"), ("previous", "next")] {
        if has(said, one) && !has(known, one) && has(known, other) {
            missing.push(one.to_owned());
        }
    }
    if has(known, "tomorrow") && (has(said, "yesterday") || has(said, "previous")) {
        missing.push("yesterday".to_owned());
    }
    missing
}
