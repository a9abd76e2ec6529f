//! The keys under which an answer is stored. Everything that an answer depends on is in the key: two callers can only meet
//! where the same answer is right for both.

use super::features::{Features, Reading, features};

/// What an answer depends on besides the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// BCP 47 tag.
    pub locale: String,
    /// Version of the knowledge that answers come from.
    pub kb_version: String,
    /// Who may have the answer.
    pub customer: CustomerScope,
}

/// Who may have an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerScope {
    /// Everybody: no customer's data went into it.
    Everybody,
    /// One customer, by an id that is no telephone number.
    Customer(String),
}

/// The key of exactly this question.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExactKey(String);

/// The key of all questions that differ from it in words only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NearKey(String);

impl ExactKey {
    /// Hexadecimal digest.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl NearKey {
    /// Hexadecimal digest.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The keys of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Of this question.
    pub exact: ExactKey,
    /// Of questions like it, one for each way to take it; none where the question cannot be taken apart, and none of a
    /// customer's own: the gate knows no customer's data, so those are only found by the same question.
    pub near: Vec<NearKey>,
    /// No customer's data may be in what is kept under them.
    pub for_everybody: bool,
    pub(super) asked: Features,
}

/// The keys of a question; none if its answer may not be shared in this scope. To take a question apart is most of what the
/// cache costs, so whoever looks up and then remembers asks for them once.
pub fn keys(question: &str, scope: &Scope) -> Option<Keys> {
    let found = features(question);
    let for_everybody = scope.customer == CustomerScope::Everybody;
    if found.normal.is_empty() || found.own_data && for_everybody {
        return None;
    }
    let exact = ExactKey(digest(scope, &["exact", &found.normal]));
    let readings = found.readings.iter().filter(|_| for_everybody);
    let near = readings.map(|reading| NearKey(digest(scope, &near(&found, reading)))).collect();
    Some(Keys { exact, near, for_everybody, asked: found })
}

fn near<'a>(found: &'a Features, reading: &'a Reading) -> Vec<&'a str> {
    let mut parts = vec!["near", reading.kind.as_str(), if found.negated { "not" } else { "" }];
    parts.extend(found.numbers.iter().map(String::as_str));
    parts.push("|");
    parts.extend(found.dates.iter().map(String::as_str));
    parts.push("|");
    parts.extend(reading.content.iter().map(String::as_str));
    parts
}

/// Each part with its length, so that no two lists of parts are the same bytes.
fn digest(scope: &Scope, parts: &[&str]) -> String {
    let customer = match &scope.customer {
        CustomerScope::Everybody => "",
        CustomerScope::Customer(id) => id,
    };
    let mut hasher = blake3::Hasher::new();
    for part in [scope.locale.as_str(), &scope.kb_version, customer].iter().chain(parts) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
