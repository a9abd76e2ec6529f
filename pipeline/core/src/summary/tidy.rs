//! What a sentence of a chat has around what it says: handles, links, hashtags, the agent's initials. Only ends are cut off,
//! so that what is left stands in the turn as it is.

use aftercall_schemas::ParticipantRole;

/// The sentence without handles in front and without links, hashtags, handles, pictures and initials behind; empty where it is
/// nothing else. A name that the customer addresses is kept in front: it says whom the matter is about.
pub(super) fn tidy(sentence: &str, role: ParticipantRole) -> &str {
    let mut rest = sentence.trim();
    while let Some(word) = rest
        .split_whitespace()
        .next()
        .filter(|word| is_handle(word) && !(role == ParticipantRole::Customer && names(word)))
    {
        rest = rest.get(word.len()..).unwrap_or_default().trim_start_matches([',', ':', ' ', '-']).trim_start();
    }
    while let Some(word) = rest.split_whitespace().next_back().filter(|word| is_appendix(word)) {
        rest = rest.get(..rest.len() - word.len()).unwrap_or_default().trim_end();
    }
    if rest.chars().any(char::is_alphanumeric) { rest } else { "" }
}

/// `@VoltaMobile`, `.@volta`, `@115858`.
fn is_handle(word: &str) -> bool {
    let name = word.trim_start_matches('.').trim_end_matches([',', ':', '.', '!', '?']);
    name.strip_prefix('@')
        .is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// Whether a handle has letters, so that it is a name.
fn names(handle: &str) -> bool {
    handle.chars().any(char::is_alphabetic)
}

fn is_appendix(word: &str) -> bool {
    let initials = |text: &str| (1..=3).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphabetic());
    is_handle(word)
        || word.starts_with("http://")
        || word.starts_with("https://")
        || word.len() > 2 && word.starts_with('#') && word.chars().nth(1).is_some_and(char::is_alphabetic)
        || word.strip_prefix('^').is_some_and(|name| !name.is_empty() && name.chars().all(char::is_alphabetic))
        || word.strip_prefix(['/', '*']).is_some_and(initials)
        || !word
            .chars()
            .any(|c| c.is_alphanumeric() || c.is_ascii_punctuation() || matches!(c, '。' | '！' | '？' | '…' | '」'))
}

#[cfg(test)]
mod tests {
    use aftercall_schemas::ParticipantRole;

    use super::tidy;

    fn check(sentence: &str, expected: &str) {
        assert_eq!(tidy(sentence, ParticipantRole::Agent), expected);
    }

    #[test]
    fn keeps_whom_a_customer_addresses() {
        assert_eq!(tidy("@VoltaMobile no signal #fail", ParticipantRole::Customer), "@VoltaMobile no signal");
        assert_eq!(tidy("@115858 no signal", ParticipantRole::Customer), "no signal");
    }

    #[test]
    fn cuts_what_surrounds_a_sentence() {
        check("@VoltaMobile my phone has no signal.", "my phone has no signal.");
        check("@volta @oak_tel, any news? #fail", "any news?");
        check("@115858 any news?", "any news?");
        check("Please send us a DM. ^JT", "Please send us a DM.");
        check("Fill in the form here: https://a.example/form /KL", "Fill in the form here:");
        check("#ok", "");
        check("half dead 😡", "half dead");
    }

    #[test]
    fn leaves_what_says_something() {
        check("My order is #88120", "My order is #88120");
        check("write to @me", "write to");
        check("a/b", "a/b");
        check("ありがとう。", "ありがとう。");
        check("", "");
    }
}
