//! Categories by rules over text, speaker, time, sentiment, measures and attributes.
//!
//! Rules are a file (TOML or JSON) and work on stored contacts as well as on new ones: nothing of a result is an input
//! but the sentiment. [`parse`] refuses a file that cannot mean anything, [`lint`] names what is allowed but surely not
//! meant, [`apply`] says what matched and where.

mod apply;
mod lint;
mod rules;

pub use apply::apply;
pub use lint::{Warning, lint};
pub use rules::{Category, Condition, Part, Period, Rules, RulesError, Speaker, parse};

/// Version of this stage. The rules file has a version of its own.
pub const VERSION: &str = "categories/1";
