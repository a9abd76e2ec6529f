//! `aftercall config`: every setting, its value, where it comes from, and what it is for.

use aftercall_core::error::Result;
use serde::Serialize;

use crate::output::{dim, print_json, table};
use aftercall_settings::Settings;

#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    value: &'a str,
    origin: String,
    about: &'a str,
}

/// Prints the settings.
pub fn config(settings: &Settings, json: bool) -> Result<()> {
    let shown = settings.values.iter().map(|value| Shown {
        name: value.name,
        value: &value.value,
        origin: value.origin.to_string(),
        about: value.about,
    });
    if json {
        return print_json(&shown.collect::<Vec<_>>());
    }
    let mut rows = table(["setting", "value", "from", ""]);
    for value in shown {
        rows.add_row([value.name.to_string(), value.value.to_string(), value.origin, dim(value.about)]);
    }
    anstream::println!("{rows}");
    Ok(())
}
