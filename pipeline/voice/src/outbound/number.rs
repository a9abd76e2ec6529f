//! Telephone numbers in E.164: a plus, a country's digits, at most fifteen digits in all (ITU-T E.164, section 6).

/// Why a text is no number. Does not say the text: it may be somebody's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadNumber {
    /// It does not begin with `+`.
    NoPlus,
    /// There is something but digits in it.
    NotDigits,
    /// It begins with `+0`, which no country has.
    NoCountry,
    /// It has so many digits; 8 to 15 are right.
    Digits(usize),
}

impl std::fmt::Display for BadNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoPlus => f.write_str("the number must begin with + and the country, such as +1 or +44 (E.164)"),
            Self::NotDigits => {
                f.write_str("the number has something but digits after its + (E.164 has no spaces or hyphens)")
            }
            Self::NoCountry => f.write_str("no country's number begins with +0"),
            Self::Digits(count) => write!(f, "the number has {count} digits, E.164 numbers have 8 to 15"),
        }
    }
}

impl std::error::Error for BadNumber {}

/// A number in E.164.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads a number. Nothing is repaired: a number that was guessed right calls somebody else.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, BadNumber> {
        let digits = text.strip_prefix('+').ok_or(BadNumber::NoPlus)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadNumber::NotDigits);
        }
        if digits.starts_with('0') {
            return Err(BadNumber::NoCountry);
        }
        if !(8..=15).contains(&digits.len()) {
            return Err(BadNumber::Digits(digits.len()));
        }
        Ok(Self(text.to_owned()))
    }

    /// As it is dialled.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A digest that names the number without saying it: the key of opt-out lists.
    pub fn digest(&self) -> String {
        blake3::derive_key("aftercall voice opt-out number 2026-11", self.0.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl std::fmt::Debug for PhoneNumber {
    /// Without the digits.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}
