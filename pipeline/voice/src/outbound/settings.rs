//! What calls out are tuned with. Settings that lack something are no settings: nobody is called by mistake.

use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::flag::{Flag, flags};
use super::number::PhoneNumber;

/// A country that may be called.
#[derive(Debug, Clone, PartialEq)]
pub struct Country {
    /// What its numbers begin with, such as `+44`; the longest that fits counts.
    pub prefix: String,
    /// The time zone in which its calling hours are meant.
    pub zone: TimeZone,
}

/// Calling hours, in the destination's zone. From before to; both on the same day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    from: Time,
    to: Time,
}

impl Hours {
    /// Hours; none if they are no time at all.
    pub fn new(from: Time, to: Time) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    /// Whether a time is within them. The end is not.
    pub fn contain(&self, time: Time) -> bool {
        (self.from..self.to).contains(&time)
    }
}

impl std::fmt::Display for Hours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to {}", self.from, self.to)
    }
}

/// Settings of calls out.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboundSettings {
    /// The Connect instance.
    pub instance_id: String,
    /// The flow that talks.
    pub flow_id: String,
    /// The queue, whose caller id is shown.
    pub queue_id: String,
    /// The number that calls.
    pub source: PhoneNumber,
    /// Who may be called.
    pub countries: Vec<Country>,
    /// When.
    pub hours: Hours,
    /// Calls that are started at the most within [`Self::rate_window`].
    pub rate: u32,
    /// See [`Self::rate`].
    pub rate_window: Duration,
    /// Categories that call, in the order in which they count.
    pub flags: Vec<Flag>,
}

/// Settings as they are written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Raw {
    /// `AFTERCALL_CONNECT_INSTANCE_ID`.
    pub instance_id: Option<String>,
    /// `AFTERCALL_OUTBOUND_FLOW_ID`.
    pub flow_id: Option<String>,
    /// `AFTERCALL_OUTBOUND_QUEUE_ID`.
    pub queue_id: Option<String>,
    /// `AFTERCALL_OUTBOUND_SOURCE_NUMBER`, E.164.
    pub source: Option<String>,
    /// `AFTERCALL_OUTBOUND__COUNTRIES`: `+1=America/New_York,+44=Europe/London`.
    pub countries: Option<String>,
    /// `AFTERCALL_OUTBOUND__HOURS`: `09:00-20:00`.
    pub hours: Option<String>,
    /// `AFTERCALL_OUTBOUND__CALLS_A_MINUTE`.
    pub calls_a_minute: Option<String>,
    /// `AFTERCALL_OUTBOUND__FLAGS`: `[{"category": "…", "opening_message": "…", "purpose": "…"}]`.
    pub flags: Option<String>,
}

/// Everything that is missing or wrong, one sentence each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingSettings(pub Vec<String>);

impl std::fmt::Display for MissingSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no call can be made: {}", self.0.join("; "))
    }
}

impl std::error::Error for MissingSettings {}

impl OutboundSettings {
    /// Reads settings. Hours are 09:00 to 20:00 and the rate ten a minute unless they are set; no country may be called
    /// unless it is listed.
    ///
    /// # Errors
    /// Everything that is missing or wrong, at once.
    pub fn read(raw: &Raw) -> Result<Self, MissingSettings> {
        let mut wrong = Vec::new();
        let mut needed = |name: &str, value: &Option<String>| {
            let value = value.clone().filter(|value| !value.trim().is_empty());
            if value.is_none() {
                wrong.push(format!("{name} is not set"));
            }
            value.unwrap_or_default()
        };
        let instance_id = needed("AFTERCALL_CONNECT_INSTANCE_ID", &raw.instance_id);
        let flow_id = needed("AFTERCALL_OUTBOUND_FLOW_ID", &raw.flow_id);
        let queue_id = needed("AFTERCALL_OUTBOUND_QUEUE_ID", &raw.queue_id);
        let source_text = needed("AFTERCALL_OUTBOUND_SOURCE_NUMBER", &raw.source);
        let source = PhoneNumber::parse(&source_text);
        if let (Err(fault), false) = (&source, source_text.is_empty()) {
            wrong.push(format!("AFTERCALL_OUTBOUND_SOURCE_NUMBER: {fault}"));
        }
        let mut countries = Vec::new();
        for one in raw.countries.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|one| !one.is_empty())
        {
            match country(one) {
                Some(country) => countries.push(country),
                None => wrong.push(format!(
                    "AFTERCALL_OUTBOUND__COUNTRIES: {one:?} is not of the form +44=Europe/London (prefix=IANA time zone)"
                )),
            }
        }
        let hours = hours(raw.hours.as_deref().unwrap_or("09:00-20:00"));
        if hours.is_none() {
            wrong.push("AFTERCALL_OUTBOUND__HOURS is not of the form 09:00-20:00, the earlier first".to_owned());
        }
        let rate = raw.calls_a_minute.as_deref().unwrap_or("10").trim().parse().ok().filter(|rate| *rate > 0);
        if rate.is_none() {
            wrong.push("AFTERCALL_OUTBOUND__CALLS_A_MINUTE is no number above 0".to_owned());
        }
        let flags = flags(raw.flags.as_deref().unwrap_or_default());
        if flags.is_none() {
            wrong.push(
                "AFTERCALL_OUTBOUND__FLAGS is no JSON list of objects with category, opening_message and purpose"
                    .to_owned(),
            );
        }
        match (source, hours, rate, flags, wrong.is_empty()) {
            (Ok(source), Some(hours), Some(rate), Some(flags), true) => {
                let rate_window = Duration::from_secs(60);
                Ok(Self { instance_id, flow_id, queue_id, source, countries, hours, rate, rate_window, flags })
            }
            _ => Err(MissingSettings(wrong)),
        }
    }

    /// The country of a number that may be called.
    pub fn country(&self, number: &PhoneNumber) -> Option<&Country> {
        let fits = self.countries.iter().filter(|country| number.as_str().starts_with(&country.prefix));
        fits.max_by_key(|country| country.prefix.len())
    }
}

fn country(text: &str) -> Option<Country> {
    let (prefix, zone) = text.split_once('=')?;
    let digits = prefix.trim().strip_prefix('+')?;
    let known = (1..=7).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let zone = TimeZone::get(zone.trim()).ok()?;
    known.then(|| Country { prefix: prefix.trim().to_owned(), zone })
}

fn hours(text: &str) -> Option<Hours> {
    let (from, to) = text.split_once('-')?;
    let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
    Hours::new(time(from)?, time(to)?)
}
