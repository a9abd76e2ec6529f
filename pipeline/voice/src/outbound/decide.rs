//! Whether a trigger may call now. Pure: what it needs to know of the world is handed in.

use jiff::Timestamp;

use super::number::{BadNumber, PhoneNumber};
use super::settings::{Hours, OutboundSettings};
use super::trigger::Trigger;

/// Where Connect's own list of countries is, for who has to add one.
const ALLOW_LIST: &str = "https://docs.aws.amazon.com/connect/latest/adminguide/country-code-allow-list.html";

/// Why nobody is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The number is none.
    Number(BadNumber),
    /// The country is not listed; its first digits.
    Country(String),
    /// It is not the time to call there.
    Hours(Hours),
    /// The person does not want to be called.
    OptedOut,
    /// Too many calls were started just now; the trigger can come again.
    Rate(u32),
    /// The trigger has no opening message or no purpose, or one too long for an attribute.
    Texts,
}

impl Refusal {
    /// A stable word, for logs and metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Number(_) => "number",
            Self::Country(_) => "country",
            Self::Hours(_) => "hours",
            Self::OptedOut => "opted_out",
            Self::Rate(_) => "rate",
            Self::Texts => "texts",
        }
    }

    /// Whether the same trigger may call at another time.
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Hours(_) | Self::Rate(_))
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(fault) => write!(f, "{fault}"),
            Self::Country(begin) => write!(
                f,
                "numbers that begin with {begin} may not be called: add the country to AFTERCALL_OUTBOUND__COUNTRIES, and see \
                 that the instance may call it (some countries need a support ticket): {ALLOW_LIST}"
            ),
            Self::Hours(hours) => write!(f, "at the destination it is not {hours}"),
            Self::OptedOut => f.write_str("the person does not want to be called"),
            Self::Rate(rate) => write!(f, "{rate} calls were started within the last minute, which is the most"),
            Self::Texts => f.write_str("the call needs an opening message and a purpose of 1 to 1,000 characters each"),
        }
    }
}

/// What is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// Call this number.
    Call(PhoneNumber),
    /// Call nobody.
    Refuse(Refusal),
}

/// Decides. `recent` is how many calls were started within the rate's window.
pub fn decide(trigger: &Trigger, settings: &OutboundSettings, now: Timestamp, opted_out: bool, recent: u32) -> Decided {
    match allowed(trigger, settings, now, opted_out, recent) {
        Ok(number) => Decided::Call(number),
        Err(refusal) => Decided::Refuse(refusal),
    }
}

fn allowed(
    trigger: &Trigger,
    settings: &OutboundSettings,
    now: Timestamp,
    opted_out: bool,
    recent: u32,
) -> Result<PhoneNumber, Refusal> {
    let number = PhoneNumber::parse(&trigger.destination).map_err(Refusal::Number)?;
    let fits = |text: &str| (1..=1_000).contains(&text.trim().chars().count());
    if !fits(&trigger.opening_message) || !fits(&trigger.purpose) {
        return Err(Refusal::Texts);
    }
    let Some(country) = settings.country(&number) else {
        return Err(Refusal::Country(number.as_str().chars().take(3).collect()));
    };
    if opted_out {
        return Err(Refusal::OptedOut);
    }
    if !settings.hours.contain(now.to_zoned(country.zone.clone()).time()) {
        return Err(Refusal::Hours(settings.hours));
    }
    if recent >= settings.rate {
        return Err(Refusal::Rate(settings.rate));
    }
    Ok(number)
}
