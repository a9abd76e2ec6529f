//! Why somebody is called: by hand, or because of a flag in the analysed data.

use aftercall_schemas::ContactKey;
use serde::Deserialize;
use serde_json::Value;

/// A reason to call.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trigger {
    /// What tells it from every other: the same id calls once. An order number, or what a flag makes of its contact.
    pub id: String,
    /// Whom, in E.164.
    pub destination: String,
    /// What is said first.
    pub opening_message: String,
    /// What the call is about: the model is told.
    pub purpose: String,
}

impl std::fmt::Debug for Trigger {
    /// The id alone: the rest is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trigger").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Trigger {
    /// The id of a flag: of contact and category, so that a redelivery, or a later revision with the same flag, calls nobody
    /// again.
    pub fn id_of(contact: &ContactKey, category: &str) -> String {
        format!("{}/{}#{category}", contact.instance_id, contact.contact_id)
    }

    /// Reads one that somebody wrote by hand: JSON with `id`, `destination`, `openingMessage`, `purpose`.
    ///
    /// # Errors
    /// The field that is wrong; never its value.
    pub fn parse(json: &str) -> Result<Self, String> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let trigger: Self = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            // The message of a wrong value quotes the value.
            format!(
                "the field {} is wrong or missing; needed are id, destination, openingMessage, purpose",
                error.path()
            )
        })?;
        if trigger.id.trim().is_empty() { Err("the field id is empty".to_owned()) } else { Ok(trigger) }
    }
}

/// The trigger of a record of analysed data that somebody hands over with the number: a contact of the pipeline in which a
/// category was found. None if the record has not the category, or no number.
///
/// `record`: `{"instance_id", "contact_id", "categories": [names], "destination"}`.
pub fn flagged(record: &Value, category: &str, opening_message: &str, purpose: &str) -> Option<Trigger> {
    let text = |name: &str| record.get(name)?.as_str().filter(|text| !text.is_empty());
    let has = record.get("categories")?.as_array()?.iter().any(|one| one.as_str() == Some(category));
    let (instance, contact) = (text("instance_id")?, text("contact_id")?);
    has.then_some(())?;
    Some(Trigger {
        id: Trigger::id_of(&ContactKey::new(instance, contact), category),
        destination: text("destination")?.to_owned(),
        opening_message: opening_message.to_owned(),
        purpose: purpose.to_owned(),
    })
}
