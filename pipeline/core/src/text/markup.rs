//! Text out of the markup that web chats deliver. Only what is surely markup goes: a text without a tag that HTML knows is left as
//! it is, so "a < b" and "<3" stay.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// Tags of HTML that chats are made of; those that stand for themselves end a line.
const TAGS: &str = "p|br|div|li|ul|ol|tr|table|tbody|thead|h[1-6]|hr|blockquote|pre|span|b|i|u|em|strong|a|td|th|img|font|code|small\
    |sub|sup|s|html|head|body|meta|link|center|section|article|header|footer|script|style|title|label|button|form|input";

static ANY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r"(?i)</?(?:{TAGS})\b[^<>]{{0,1000}}>")).ok());
/// What a browser does not show, in one pattern so that each is ended by its own.
static HIDDEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?is)<script\b.*?(?:</script\s*>|$)|<style\b.*?(?:</style\s*>|$)|<!--.*?(?:-->|$)").ok()
});
static LINES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)<(?:br|hr)\b[^<>]{0,100}>|</(?:p|div|li|tr|h[1-6]|blockquote|pre)\s*>").ok());
static BLANKS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[ \t]*\n\s*").ok());

/// The text of a chat message, with lines where the markup has them.
pub fn without_markup(message: &str) -> Cow<'_, str> {
    let (Some(any), Some(hidden), Some(lines), Some(blanks)) =
        (ANY.as_ref(), HIDDEN.as_ref(), LINES.as_ref(), BLANKS.as_ref())
    else {
        return Cow::Borrowed(message);
    };
    if !message.contains('<') || !any.is_match(message) {
        return Cow::Borrowed(message);
    }
    let shown = hidden.replace_all(message, " ");
    let broken = lines.replace_all(&shown, "\n");
    let bare = any.replace_all(&broken, "");
    let text = html_escape::decode_html_entities(bare.as_ref()).replace('\u{a0}', " ");
    Cow::Owned(blanks.replace_all(text.trim(), "\n").into_owned())
}

#[cfg(test)]
mod tests {
    use super::without_markup;

    #[test]
    fn markup_goes_and_words_stay() {
        let check = |message: &str, expected: &str| assert_eq!(without_markup(message), expected);
        check("<p>Hello&nbsp;there</p><p>My <b>order</b> is late</p>", "Hello there\nMy order is late");
        check("one<br/>two &amp; three<script>alert('x')</script>", "one\ntwo & three");
        check("<a href=\"https://a.example/?q=1\">here</a>", "here");
        check("<div><script>never ended", "");
        for words in ["if a < b and c > d", "i <3 you", "<john> wrote", "5 &lt; 6", "x<y>z"] {
            check(words, words);
        }
    }
}
