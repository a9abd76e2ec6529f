//! Whose a document is that could not be read otherwise: quarantine shows it, and nothing else may rest on it.

use aftercall_schemas::ContactKey;
use serde::Deserialize;

use super::DecodeContext;
use super::lenient::Text;

/// Every place in which a format names the contact. Values of other kinds are none.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Names {
    contact_id: Text,
    #[serde(rename = "ContactId")]
    contact_id_pascal: Text,
    #[serde(rename = "contactId")]
    contact_id_camel: Text,
    instance_id: Text,
    #[serde(rename = "InstanceId")]
    instance_id_pascal: Text,
    #[serde(rename = "InstanceARN")]
    instance_arn: Text,
    #[serde(rename = "instanceArn")]
    instance_arn_camel: Text,
    #[serde(rename = "CustomerMetadata", deserialize_with = "super::lenient::maybe")]
    customer_metadata: Option<Box<Names>>,
    #[serde(deserialize_with = "super::lenient::maybe")]
    detail: Option<Box<Names>>,
}

/// The contact that a document names, if it can be made out at all.
pub fn contact_of(text: &str, ctx: &DecodeContext) -> Option<ContactKey> {
    let names: Names = serde_json::from_str(text).ok()?;
    let nested = names.customer_metadata.as_deref().or(names.detail.as_deref());
    let contact = |names: &Names| {
        let places = [&names.contact_id, &names.contact_id_pascal, &names.contact_id_camel];
        places.into_iter().find_map(|place| place.0.clone())
    };
    let instance = |names: &Names| {
        let places = [&names.instance_id, &names.instance_id_pascal, &names.instance_arn, &names.instance_arn_camel];
        places.into_iter().find_map(|place| place.0.clone())
    };
    let contact_id = contact(&names).or_else(|| contact(nested?))?;
    let instance_id = instance(&names).or_else(|| instance(nested?));
    Some(ctx.contact(instance_id.as_deref(), contact_id))
}
