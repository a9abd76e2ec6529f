//! Check digits and forms of numbers: Luhn, IBAN, national ids.

/// Luhn's check digit (ISO/IEC 7812-1).
pub(super) fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|character| character.to_digit(10))
        .enumerate()
        .map(|(index, digit)| {
            if index % 2 == 0 {
                digit
            } else if digit > 4 {
                digit * 2 - 9
            } else {
                digit * 2
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// A payment card's number by length, first digit and check digit.
pub(super) fn card(digits: &str) -> bool {
    (13..=19).contains(&digits.len()) && matches!(digits.as_bytes().first(), Some(b'2'..=b'6')) && luhn(digits)
}

/// India's PAN (five letters of which the fourth tells who holds it, four digits, a letter), Mexico's CURP (four letters,
/// six digits, sex, five letters, two characters) and RFC of a person (four letters, six digits, three characters).
pub(super) fn letters_and_digits_id(id: &str) -> bool {
    let form: String = id
        .chars()
        .map(|character| match character {
            'a'..='z' => 'a',
            '0'..='9' => '0',
            _ => '?',
        })
        .collect();
    let at = |index: usize| id.as_bytes().get(index).copied().unwrap_or(b' ');
    let two = |index: usize| id.get(index..index + 2).and_then(|two| two.parse::<u32>().ok()).unwrap_or(0);
    let dated = (1..=12).contains(&two(6)) && (1..=31).contains(&two(8));
    let sex = dated && matches!(at(10), b'h' | b'm' | b'x');
    match form.as_str() {
        "aaaaa0000a" => b"pcfhabtljg".contains(&at(3)),
        "aaaa000000aaaaaa00" | "aaaa000000aaaaaaa0" => sex,
        "aaaa000000aaa" | "aaaa000000aa0" | "aaaa000000a0a" | "aaaa000000a00" | "aaaa000000000" | "aaaa0000000a0"
        | "aaaa00000000a" | "aaaa0000000aa" => dated,
        _ => false,
    }
}

/// Length of a country's IBAN (ISO 13616 registry).
pub(super) fn iban_length(country: &str) -> Option<usize> {
    Some(match country {
        "no" => 15,
        "be" => 16,
        "dk" | "fi" | "nl" | "fo" | "gl" => 18,
        "mk" | "si" => 19,
        "at" | "ba" | "ee" | "kz" | "lt" | "lu" | "xk" => 20,
        "ch" | "cr" | "hr" | "li" | "lv" => 21,
        "bg" | "bh" | "de" | "gb" | "ge" | "ie" | "me" | "rs" => 22,
        "ae" | "gi" | "il" | "iq" | "tl" | "om" => 23,
        "ad" | "cz" | "es" | "md" | "pk" | "ro" | "sa" | "se" | "sk" | "tn" | "vg" => 24,
        "pt" | "st" | "ly" => 25,
        "is" | "tr" => 26,
        "fr" | "gr" | "it" | "mc" | "mr" | "sm" => 27,
        "al" | "az" | "cy" | "do" | "gt" | "hu" | "lb" | "pl" | "sv" | "by" => 28,
        "br" | "eg" | "ps" | "qa" | "ua" => 29,
        "jo" | "kw" | "mu" => 30,
        "mt" | "sc" => 31,
        "lc" => 32,
        _ => return None,
    })
}

/// The check of an IBAN in lower case: rearranged and read as a number, it leaves 1 when divided by 97 (ISO 7064).
pub(super) fn mod97(iban: &str) -> bool {
    let (Some(head), Some(tail)) = (iban.get(..4), iban.get(4..)) else { return false };
    let mut rest = 0u32;
    for character in tail.chars().chain(head.chars()) {
        let Some(value) = character.to_digit(36) else { return false };
        rest = if value < 10 { rest * 10 + value } else { rest * 100 + value } % 97;
    }
    rest == 1
}

const DNI_LETTERS: &[u8] = b"trwagmyfpdxbnjzsqvhlcke";

/// Spain: DNI (eight digits and a letter) or NIE (x, y or z, seven digits and a letter), in lower case.
pub(super) fn dni(code: &str) -> bool {
    let Some((body, letter)) = code.len().checked_sub(1).and_then(|at| Some((code.get(..at)?, code.get(at..)?))) else {
        return false;
    };
    let number = match body.chars().next() {
        Some('x') => format!("0{}", body.get(1..).unwrap_or_default()),
        Some('y') => format!("1{}", body.get(1..).unwrap_or_default()),
        Some('z') => format!("2{}", body.get(1..).unwrap_or_default()),
        _ => body.to_owned(),
    };
    if number.len() != 8 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let Ok(number) = number.parse::<usize>() else { return false };
    DNI_LETTERS.get(number % 23).is_some_and(|expected| letter.as_bytes() == [*expected])
}

/// United Kingdom: national insurance number, two letters, six digits, a–d, in lower case.
pub(super) fn nino(code: &str) -> bool {
    let bytes = code.as_bytes();
    let [first, second, digits @ .., suffix] = bytes else { return false };
    digits.len() == 6
        && digits.iter().all(u8::is_ascii_digit)
        && first.is_ascii_lowercase()
        && !b"dfiquv".contains(first)
        && second.is_ascii_lowercase()
        && !b"dfiqouv".contains(second)
        && (b'a'..=b'd').contains(suffix)
}

/// Ireland: PPS number, seven digits, a check letter, and often one letter more, in lower case.
pub(super) fn ppsn(code: &str) -> bool {
    let bytes = code.as_bytes();
    if !(8..=9).contains(&bytes.len())
        || !bytes.iter().take(7).all(u8::is_ascii_digit)
        || !bytes.iter().skip(7).all(u8::is_ascii_lowercase)
    {
        return false;
    }
    let mut sum: u32 =
        bytes.iter().take(7).zip((2..=8u32).rev()).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    if let Some(second) = bytes.get(8).filter(|second| **second != b'w') {
        sum += u32::from(second - b'a' + 1) * 9;
    }
    let expected = match sum % 23 {
        0 => b'w',
        rest => b'a' + u8::try_from(rest - 1).unwrap_or(0),
    };
    bytes.get(7) == Some(&expected)
}

/// United Kingdom: a postcode in lower case without space, such as `nr24tg`.
pub(super) fn uk_postcode(code: &str) -> bool {
    let bytes = code.as_bytes();
    if !(5..=7).contains(&bytes.len()) {
        return false;
    }
    let (outward, inward) = bytes.split_at(bytes.len() - 3);
    let [digit, first, second] = inward else { return false };
    if !digit.is_ascii_digit() || !first.is_ascii_lowercase() || !second.is_ascii_lowercase() {
        return false;
    }
    let letters = outward.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    let rest = outward.get(letters..).unwrap_or_default();
    (1..=2).contains(&letters)
        && (1..=2).contains(&rest.len())
        && rest.first().is_some_and(u8::is_ascii_digit)
        && rest.get(1).is_none_or(u8::is_ascii_alphanumeric)
}

/// Canada: a postcode in lower case without space, such as `k1p5j6`.
pub(super) fn canada_postcode(code: &str) -> bool {
    code.len() == 6
        && code
            .bytes()
            .enumerate()
            .all(|(index, byte)| if index % 2 == 0 { byte.is_ascii_lowercase() } else { byte.is_ascii_digit() })
        && !code.starts_with(['d', 'f', 'i', 'o', 'q', 'u', 'w', 'z'])
}

/// Ireland: an Eircode in lower case without space, such as `a96k2r1`.
pub(super) fn eircode(code: &str) -> bool {
    let [first, second, third, rest @ ..] = code.as_bytes() else { return false };
    rest.len() == 4
        && first.is_ascii_lowercase()
        && second.is_ascii_digit()
        && (third.is_ascii_digit() || *third == b'w')
        && rest.first().is_some_and(u8::is_ascii_lowercase)
        && rest.iter().any(u8::is_ascii_digit)
        && rest.iter().all(u8::is_ascii_alphanumeric)
}
