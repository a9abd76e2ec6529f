//! Kinds of personal data, and which of them are masked.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Defines the kinds with their words, which are also their masks.
macro_rules! kinds {
    ($($(#[$meta:meta])* $kind:ident = $word:literal),+ $(,)?) => {
        /// A kind of personal data. Words are Contact Lens's where it has the kind.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind { $($(#[$meta])* #[serde(rename = $word)] $kind),+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The word in masks, settings and rows.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $word),+ }
            }

            /// The mask, such as `[NAME]`.
            pub const fn mask(self) -> &'static str {
                match self { $(Self::$kind => concat!("[", $word, "]")),+ }
            }

            /// The kind of a word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$kind),)+ _ => None }
            }
        }
    };
}

kinds! {
    /// Card number.
    Card = "CREDIT_DEBIT_NUMBER",
    /// Card security code.
    Cvv = "CREDIT_DEBIT_CVV",
    /// Card expiry date.
    Expiry = "CREDIT_DEBIT_EXPIRY",
    /// Bank account number.
    Account = "BANK_ACCOUNT_NUMBER",
    /// International bank account number.
    Iban = "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    /// Routing number or sort code.
    Routing = "BANK_ROUTING",
    /// Telephone number.
    Phone = "PHONE",
    /// E-mail address.
    Email = "EMAIL",
    /// Postal address or postcode.
    Address = "ADDRESS",
    /// Date of birth.
    BirthDate = "DATE_OF_BIRTH",
    /// Social security, national insurance, tax or identity card number.
    NationalId = "NATIONAL_ID",
    /// Password, memorable word or the answer to a security question.
    Password = "PASSWORD",
    /// PIN or one-time code.
    Pin = "PIN",
    /// Name of a person.
    Name = "NAME",
}

/// What is masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedactionSettings {
    /// Kinds to mask; all by default.
    pub kinds: BTreeSet<Kind>,
    /// Languages (primary subtags) whose cues are used: `en`, `es`, `ja`. Numbers with a check digit, e-mail addresses
    /// and names from metadata are found in any language.
    pub languages: BTreeSet<String>,
}

impl Default for RedactionSettings {
    fn default() -> Self {
        Self {
            kinds: Kind::ALL.iter().copied().collect(),
            languages: ["en", "es", "ja"].into_iter().map(str::to_owned).collect(),
        }
    }
}
