//! Any text through every function on text: nothing panics, and what points into a text points at characters of it.
#![no_main]

use aftercall_core::language::detect;
use aftercall_core::text::markup::without_markup;
use aftercall_core::text::{fold, language, numbers, sentences, tokens};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let folded = fold(text);
    for token in tokens(folded.text()) {
        assert_eq!(&folded.text()[token.start..token.end], token.text);
        assert!(text.is_char_boundary(folded.origin(token.start)));
    }
    for sentence in sentences(text) {
        assert!(text[sentence.start..].starts_with(sentence.text));
    }
    numbers::quantities(folded.text());
    language::of_text(text);
    detect(text);
    let plain = without_markup(text);
    assert!(plain.len() <= text.len() * 2);
});
