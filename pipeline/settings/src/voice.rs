//! Reads the settings of the voice agent and of calls out. What a country or an hour means is said by `aftercall_voice`; here
//! only their form is looked at, so that a mistake is named with all the others.

use std::str::FromStr;
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::load::{Outbound, Voice, VoiceAnswerer};
use crate::reader::{Reader, words};

impl Reader<'_> {
    pub(crate) fn voice(&mut self) -> Voice {
        let (id, alias) = (self.text("voice.agent_id"), self.text("voice.agent_alias_id"));
        let stand_in = VoiceAnswerer::KnowledgeBase;
        let answerer = self.parsed("voice.answerer", "knowledge-base or agent", stand_in, |text| match text {
            "knowledge-base" => Some(VoiceAnswerer::KnowledgeBase),
            "agent" => Some(VoiceAnswerer::Agent { id: id.clone(), alias: alias.clone() }),
            _ => None,
        });
        if answerer != VoiceAnswerer::KnowledgeBase && (id.is_empty() || alias.is_empty()) {
            let needed = "voice.agent_id and voice.agent_alias_id: expected both, because voice.answerer is agent";
            self.mistakes.push(needed.into());
        }
        let seconds = |text: &str| u64::from_str(text).ok().filter(|seconds| (1..=28).contains(seconds));
        let turn = self.parsed("voice.turn_seconds", "a number of seconds from 1 to 28", 1, seconds);
        let prices = self.price("voice.input_usd_per_million").zip(self.price("voice.output_usd_per_million"));
        let daily_budget_usd = f64::from_str(&self.text("bedrock.daily_budget_usd")).ok();
        let (own, bedrocks) = (self.text("voice.model_id"), self.text("bedrock.model_id"));
        if answerer == VoiceAnswerer::KnowledgeBase
            && daily_budget_usd.is_some()
            && !own.is_empty()
            && own != bedrocks
            && prices.is_none()
        {
            let needed = "voice.input_usd_per_million and voice.output_usd_per_million: expected both, because \
                          voice.model_id spends of bedrock.daily_budget_usd";
            self.mistakes.push(needed.into());
        }
        Voice {
            answerer,
            // A budget that is no number is a mistake that is named with the model's settings.
            daily_budget_usd: daily_budget_usd.filter(|usd| *usd > 0.0),
            prices,
            model_id: Some(self.text("voice.model_id")).filter(|id| !id.is_empty()),
            max_tokens: self.parsed("voice.max_tokens", "a number of tokens from 1", 1, |text| {
                i32::from_str(text).ok().filter(|tokens| *tokens >= 1)
            }),
            // One without a version is a mistake that is named with the model's settings.
            guardrail: Some((self.text("bedrock.guardrail_id"), self.text("bedrock.guardrail_version")))
                .filter(|(id, version)| !id.is_empty() && !version.is_empty()),
            turn: Duration::from_secs(turn),
            keep_answers: self.seconds("voice.keep_answers_seconds"),
        }
    }

    pub(crate) fn outbound(&mut self) -> Outbound {
        let keep = |text: &str| Some(text.to_owned());
        let countries = "prefixes and IANA zones, such as +1=America/New_York,+44=Europe/London, or nothing";
        let hours = "two times of a day, the earlier first, such as 09:00-20:00";
        let flags = "a JSON list of objects with category, opening_message and purpose, or nothing";
        Outbound {
            countries: self.parsed("outbound.countries", countries, String::new(), |text| {
                keep(text).filter(|text| words(text).all(is_country))
            }),
            hours: self
                .parsed("outbound.hours", hours, String::new(), |text| keep(text).filter(|text| are_hours(text))),
            calls_a_minute: self.parsed("outbound.calls_a_minute", "a number above 0", String::new(), |text| {
                keep(text).filter(|text| u32::from_str(text).is_ok_and(|calls| calls > 0))
            }),
            flags: self
                .parsed("outbound.flags", flags, String::new(), |text| keep(text).filter(|text| are_flags(text))),
        }
    }
}

fn is_country(word: &str) -> bool {
    let Some((prefix, zone)) = word.split_once('=') else { return false };
    let digits = prefix.trim().strip_prefix('+').unwrap_or_default();
    let known = (1..=7).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    known && TimeZone::get(zone.trim()).is_ok()
}

fn are_hours(text: &str) -> bool {
    let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
    text.split_once('-').and_then(|(from, to)| Some(time(from)? < time(to)?)).unwrap_or(false)
}

fn are_flags(text: &str) -> bool {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Flag {
        category: String,
        opening_message: String,
        purpose: String,
    }
    let filled =
        |flag: &Flag| [&flag.category, &flag.opening_message, &flag.purpose].iter().all(|text| !text.trim().is_empty());
    text.is_empty() || serde_json::from_str::<Vec<Flag>>(text).is_ok_and(|flags| flags.iter().all(filled))
}
