//! How text for people looks: colour (only on terminals, `anstream` sees to it), tables, numbers, times. It must not know
//! what is shown.

use std::fmt::Display;

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_schemas::SentimentLabel;
use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Bold.
pub fn bold(text: impl Display) -> String {
    styled(Style::new().bold(), text)
}

/// Faint.
pub fn dim(text: impl Display) -> String {
    styled(Style::new().dimmed(), text)
}

/// Red.
pub fn red(text: impl Display) -> String {
    styled(AnsiColor::Red.on_default(), text)
}

/// Green.
pub fn green(text: impl Display) -> String {
    styled(AnsiColor::Green.on_default(), text)
}

/// Yellow.
pub fn yellow(text: impl Display) -> String {
    styled(AnsiColor::Yellow.on_default(), text)
}

/// Text in the colour of a sentiment.
pub fn sentiment(label: Option<SentimentLabel>, text: impl Display) -> String {
    match label {
        Some(SentimentLabel::Positive) => green(text),
        Some(SentimentLabel::Negative) => red(text),
        Some(SentimentLabel::Mixed) => yellow(text),
        Some(SentimentLabel::Neutral) => text.to_string(),
        None => dim(text),
    }
}

/// A table with these headings, as wide as the terminal at the most.
pub fn table<const N: usize>(headings: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if N > 0 {
        table.set_header(
            headings.map(|heading| comfy_table::Cell::new(heading).add_attribute(comfy_table::Attribute::Bold)),
        );
    }
    table
}

/// A score with its sign, or a dash.
pub fn score(score: Option<f64>) -> String {
    score.map_or("–".into(), |score| format!("{score:+.1}"))
}

/// Milliseconds as `m:ss` or `h:mm:ss`.
pub fn clock(millis: i64) -> String {
    let seconds = millis / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A number with thousands set apart.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 contact`, `2 contacts`.
pub fn plural(number: u64, one: &str) -> String {
    format!("{} {one}{}", count(number), if number == 1 { "" } else { "s" })
}

/// The beginning of a text, whole words as far as it goes.
pub fn shortened(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_string();
    }
    let cut: String = text.chars().take(characters.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// Prints a value as JSON.
pub fn print_json(value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::new(ErrorKind::Corrupt, "the answer cannot be written as JSON").because(error))?;
    anstream::println!("{text}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(11_632), "11,632");
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(clock(61_999), "1:01");
        assert_eq!(clock(3_723_000), "1:02:03");
        assert_eq!(score(Some(-1.25)), "-1.2");
        assert_eq!(shortened("a long sentence", 8), "a long…");
    }
}
