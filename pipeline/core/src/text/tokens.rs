//! Splits text into words, digit groups and symbols, with their places in the text.
//!
//! A word is a run of letters with inner apostrophes; digits are a run of decimal digits; every character of a script
//! written without spaces (kanji, hiragana) and every symbol stands alone, except a katakana run, which is one word.
//! White space is left out. It must not change or look up words: that is for those who call it.

/// What a token consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Letters, with inner apostrophes.
    Word,
    /// Decimal digits, of any width.
    Digits,
    /// One character of a script written without spaces.
    Ideograph,
    /// One character that is none of the others.
    Symbol,
}

/// A piece of a text and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// The piece as it stands in the text.
    pub text: &'a str,
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// What it consists of.
    pub kind: TokenKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Katakana,
    Ideograph,
    Digit,
    Apostrophe,
    Mark,
    Space,
    Symbol,
}

fn class(character: char) -> Class {
    match character {
        'a'..='z' | 'A'..='Z' => Class::Letter,
        '0'..='9' | '０'..='９' | '٠'..='٩' => Class::Digit,
        '\'' | '’' => Class::Apostrophe,
        character if character.is_ascii() => {
            if character.is_ascii_whitespace() || character.is_ascii_control() {
                Class::Space
            } else {
                Class::Symbol
            }
        }
        'ァ'..='ヺ' | 'ー' | 'ｦ'..='ﾟ' => Class::Katakana,
        'ぁ'..='ゟ' | '々' | '〆' | '〇' | '一'..='鿿' | '㐀'..='䶿' | '豈'..='﫿' => Class::Ideograph,
        '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{fe0f}' => Class::Mark,
        character if character.is_whitespace() => Class::Space,
        character if character.is_alphabetic() => Class::Letter,
        _ => Class::Symbol,
    }
}

/// The tokens of a text, in order.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    if text.is_ascii() { ascii(text) } else { any(text) }
}

/// The same for ASCII, byte by byte: most text is.
fn ascii(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::with_capacity(text.len() / 4 + 4);
    let mut start = 0;
    while let Some(byte) = bytes.get(start) {
        let mut end = start + 1;
        let kind = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {
                while let Some(next) = bytes.get(end) {
                    let inner = *next == b'\'' && bytes.get(end + 1).is_some_and(u8::is_ascii_alphabetic);
                    if !next.is_ascii_alphabetic() && !inner {
                        break;
                    }
                    end += 1;
                }
                TokenKind::Word
            }
            b'0'..=b'9' => {
                while bytes.get(end).is_some_and(u8::is_ascii_digit) {
                    end += 1;
                }
                TokenKind::Digits
            }
            byte if byte.is_ascii_whitespace() || byte.is_ascii_control() => {
                start = end;
                continue;
            }
            _ => TokenKind::Symbol,
        };
        if let Some(piece) = text.get(start..end) {
            found.push(Token { text: piece, start, end, kind });
        }
        start = end;
    }
    found
}

fn any(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::with_capacity(text.len() / 4 + 4);
    let mut characters = text.char_indices().peekable();
    while let Some((start, character)) = characters.next() {
        let mut end = start + character.len_utf8();
        let kind = match class(character) {
            Class::Space | Class::Mark => continue,
            Class::Symbol | Class::Apostrophe => TokenKind::Symbol,
            Class::Ideograph => TokenKind::Ideograph,
            Class::Digit => {
                while let Some((at, next)) = characters.next_if(|(_, next)| class(*next) == Class::Digit) {
                    end = at + next.len_utf8();
                }
                TokenKind::Digits
            }
            Class::Katakana => {
                while let Some((at, next)) = characters.next_if(|(_, next)| class(*next) == Class::Katakana) {
                    end = at + next.len_utf8();
                }
                TokenKind::Word
            }
            Class::Letter => {
                while let Some((at, next)) = characters.peek().copied() {
                    match class(next) {
                        Class::Letter | Class::Mark => end = at + next.len_utf8(),
                        Class::Apostrophe if letter_follows(text, at + next.len_utf8()) => end = at + next.len_utf8(),
                        _ => break,
                    }
                    characters.next();
                }
                TokenKind::Word
            }
        };
        if let Some(piece) = text.get(start..end) {
            found.push(Token { text: piece, start, end, kind });
        }
    }
    found
}

fn letter_follows(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|rest| rest.chars().next()).is_some_and(|next| class(next) == Class::Letter)
}

/// The words of a text in lower case: letters and digits, without symbols. Curly apostrophes become straight ones.
pub fn words(text: &str) -> Vec<String> {
    tokens(text).into_iter().filter(|token| token.kind != TokenKind::Symbol).map(|token| lower(token.text)).collect()
}

/// A word in lower case with straight apostrophes and digits of normal width.
pub fn lower(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    word.chars()
        .flat_map(|character| match character {
            '’' => '\''.to_lowercase(),
            '０'..='９' => narrow_digit(character).to_lowercase(),
            other => other.to_lowercase(),
        })
        .collect()
}

fn narrow_digit(character: char) -> char {
    char::from_digit(u32::from(character).wrapping_sub(u32::from('０')), 10).unwrap_or(character)
}

/// How many words a person would count: groups between white space that hold a letter or digit. Text of scripts without
/// spaces has no such count; see [`written_without_spaces`].
pub fn count_words(text: &str) -> usize {
    if text.is_ascii() {
        let (mut count, mut counted) = (0, false);
        for byte in text.bytes() {
            if matches!(byte, b' ' | 0x09..=0x0d) {
                counted = false;
            } else if !counted && byte.is_ascii_alphanumeric() {
                counted = true;
                count += 1;
            }
        }
        return count;
    }
    text.split_whitespace().filter(|group| group.chars().any(char::is_alphanumeric)).count()
}

/// Whether most letters of the text belong to a script that is written without spaces.
pub fn written_without_spaces(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let (mut without, mut letters) = (0usize, 0usize);
    for character in text.chars().filter(|character| character.is_alphabetic()) {
        letters += 1;
        if matches!(class(character), Class::Ideograph | Class::Katakana) {
            without += 1;
        }
    }
    without * 2 > letters
}

/// Character (code point) position of a byte position; positions inside a character count as its first.
pub fn char_position(text: &str, byte: usize) -> u32 {
    let before = text.char_indices().take_while(|(at, _)| *at < byte).count();
    u32::try_from(before).unwrap_or(u32::MAX)
}

/// Whether a character belongs to a script that is written without spaces.
pub fn without_spaces(character: char) -> bool {
    !character.is_ascii() && matches!(class(character), Class::Ideograph | Class::Katakana)
}
