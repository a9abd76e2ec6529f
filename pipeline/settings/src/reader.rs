//! Reading values: from a file or a text of settings, with every mistake noted and none fatal by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use aftercall_core::redact::Kind;
use aftercall_schemas::ParticipantRole;

use crate::load::{Bedrock, Model, Prices, Value};

/// Where the settings of a file come from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// `aftercall.toml` in the working folder, if it is there.
    Usual,
    /// This file, which must be there.
    File(&'a Path),
    /// This text, such as a parameter of SSM, and its name.
    Text {
        /// Name, for messages.
        name: &'a str,
        /// The settings, as in `aftercall.toml`.
        text: &'a str,
    },
}

pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty())
}

pub(crate) fn kinds(text: &str) -> Option<BTreeSet<Kind>> {
    match text {
        "all" => Some(Kind::ALL.iter().copied().collect()),
        _ => words(text).map(Kind::parse).collect(),
    }
}

/// Languages that phrases are shipped for.
pub(crate) fn languages(text: &str) -> Option<BTreeSet<String>> {
    const SHIPPED: [&str; 3] = ["en", "es", "ja"];
    match text {
        "all" => Some(SHIPPED.into_iter().map(str::to_owned).collect()),
        _ => words(text).map(|word| SHIPPED.contains(&word).then(|| word.to_owned())).collect(),
    }
}

pub(crate) fn labels(text: &str) -> Option<BTreeMap<String, ParticipantRole>> {
    let label = |word: &str| {
        let (label, role) = word.split_once('=')?;
        Some((label.trim().to_owned(), ParticipantRole::parse(role.trim())?))
    };
    words(text).map(label).collect()
}

/// Values of `aftercall.toml`, by dotted name. A file that was named must be there; the usual one need not.
pub(crate) fn read_file(source: Source<'_>, mistakes: &mut Vec<String>) -> (PathBuf, BTreeMap<String, String>) {
    let path = match source {
        Source::Usual => PathBuf::from("aftercall.toml"),
        Source::File(path) => path.to_path_buf(),
        Source::Text { name, .. } => PathBuf::from(name),
    };
    let mut values = BTreeMap::new();
    let read = match source {
        Source::Text { text, .. } => Ok(text.to_string()),
        Source::Usual | Source::File(_) => std::fs::read_to_string(&path),
    };
    let text = match read {
        Ok(text) => text,
        Err(error) if matches!(source, Source::Usual) && error.kind() == std::io::ErrorKind::NotFound => {
            return (path, values);
        }
        Err(error) => {
            mistakes.push(format!("{}: cannot be read: {error}", path.display()));
            return (path, values);
        }
    };
    match text.parse::<toml::Table>() {
        Ok(table) => flatten("", &table, &mut values),
        Err(error) => mistakes.push(format!("{}: {error}", path.display())),
    }
    (path, values)
}

fn flatten(prefix: &str, table: &toml::Table, values: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(table) => flatten(&name, table, values),
            toml::Value::String(text) => drop(values.insert(name, text.clone())),
            toml::Value::Array(items) => {
                let items: Vec<_> =
                    items.iter().map(|item| item.as_str().map_or(item.to_string(), str::to_owned)).collect();
                values.insert(name, items.join(","));
            }
            other => drop(values.insert(name, other.to_string())),
        }
    }
}

/// Letters by which two names differ, roughly: enough to find the nearest.
fn distance(a: &str, b: &str) -> usize {
    let common = a.chars().filter(|letter| b.contains(*letter)).count();
    a.len().abs_diff(b.len()) + a.len().saturating_sub(common)
}

/// A mistake for each name that there is no setting of.
pub(crate) fn unknown_names<'a>(
    path: &Path,
    values: &BTreeMap<String, String>,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Vec<String> {
    let mut mistakes = Vec::new();
    for name in values.keys() {
        if known.clone().any(|known| known == name) {
            continue;
        }
        let mut mistake = format!("{}: there is no setting {name}", path.display());
        if let Some(near) = known.clone().min_by_key(|known| distance(known, name)) {
            mistake += &format!("; did you mean {near}?");
        }
        mistakes.push(mistake);
    }
    mistakes
}

pub(crate) struct Reader<'a> {
    pub(crate) values: &'a [Value],
    pub(crate) mistakes: Vec<String>,
    /// The folder of files that settings name, if it is not the working folder.
    pub(crate) own_files: Option<PathBuf>,
}

impl Reader<'_> {
    pub(crate) fn text(&mut self, name: &str) -> String {
        let value = self.values.iter().find(|value| value.name == name);
        value.map(|value| value.value.clone()).unwrap_or_default()
    }

    /// A value read by `parse`. On a mistake `stand_in` is returned, so that the other mistakes are found too; nothing
    /// runs with it.
    pub(crate) fn parsed<T>(
        &mut self,
        name: &str,
        expected: &str,
        stand_in: T,
        parse: impl Fn(&str) -> Option<T>,
    ) -> T {
        let Some(value) = self.values.iter().find(|value| value.name == name) else { return stand_in };
        parse(&value.value).unwrap_or_else(|| {
            self.mistakes.push(format!("{name} = {:?} ({}): expected {expected}", value.value, value.origin));
            stand_in
        })
    }

    pub(crate) fn model(&mut self) -> Option<Model> {
        let (endpoint, name) = (self.text("model.endpoint"), self.text("model.name"));
        let timeout = self.seconds("model.timeout_seconds");
        if endpoint.is_empty() {
            return None;
        }
        if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
            self.mistakes.push(format!(
                "model.endpoint = {endpoint:?}: expected an address that begins with http:// or https://"
            ));
        }
        if name.is_empty() {
            self.mistakes.push("model.name: expected the name of a model, because model.endpoint is set".into());
        }
        let api_key = Some(self.text("model.api_key")).filter(|key| !key.is_empty());
        Some(Model { endpoint, name, api_key, timeout })
    }

    pub(crate) fn path(&mut self, name: &str) -> Option<PathBuf> {
        let text = self.text(name);
        let path = (!text.is_empty()).then(|| PathBuf::from(text))?;
        Some(self.own_files.as_ref().map_or(path.clone(), |folder| folder.join(&path)))
    }

    pub(crate) fn seconds(&mut self, name: &str) -> Duration {
        let parse = |text: &str| u64::from_str(text).ok().map(Duration::from_secs);
        self.parsed(name, "a number of seconds", Duration::ZERO, parse)
    }

    pub(crate) fn price(&mut self, name: &str) -> Option<f64> {
        self.optional(name, "a number of US dollars, or nothing", |text| {
            f64::from_str(text).ok().filter(|price| *price >= 0.0)
        })
    }

    pub(crate) fn bedrock(&mut self) -> Option<Bedrock> {
        let price = |read: &mut Self, name| {
            read.parsed(name, "a price in US dollars, not below 0", 0.0, |text| {
                f64::from_str(text).ok().filter(|price| *price >= 0.0)
            })
        };
        let prices = Prices {
            input: price(self, "bedrock.input_usd_per_million"),
            output: price(self, "bedrock.output_usd_per_million"),
            cache_read: price(self, "bedrock.cache_read_usd_per_million"),
            cache_write: price(self, "bedrock.cache_write_usd_per_million"),
        };
        let max_tokens = self.parsed("bedrock.max_tokens", "a number of tokens from 1", 1, |text| {
            i32::from_str(text).ok().filter(|tokens| *tokens >= 1)
        });
        let temperature = self.optional("bedrock.temperature", "a number from 0 to 1", |text| {
            f32::from_str(text).ok().filter(|temperature| (0.0..=1.0).contains(temperature))
        });
        let daily_budget_usd = self.optional("bedrock.daily_budget_usd", "an amount in US dollars above 0", |text| {
            f64::from_str(text).ok().filter(|budget| *budget > 0.0)
        });
        let guardrail = match (self.text("bedrock.guardrail_id"), self.text("bedrock.guardrail_version")) {
            (id, _) if id.is_empty() => None,
            (_, version) if version.is_empty() => {
                self.mistakes
                    .push("bedrock.guardrail_version: expected one, because bedrock.guardrail_id is set".into());
                None
            }
            guardrail => Some(guardrail),
        };
        if daily_budget_usd.is_some() && prices.input == 0.0 && prices.output == 0.0 {
            self.mistakes
                .push("bedrock.daily_budget_usd: expected the prices of the model too, to know what is spent".into());
        }
        let model_id = self.text("bedrock.model_id");
        (!model_id.is_empty()).then_some(Bedrock {
            model_id,
            max_tokens,
            temperature,
            guardrail,
            prices,
            daily_budget_usd,
        })
    }

    /// A value that may be empty.
    pub(crate) fn optional<T>(&mut self, name: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        if self.text(name).is_empty() {
            return None;
        }
        self.parsed(name, expected, None, |text| parse(text).map(Some))
    }
}
