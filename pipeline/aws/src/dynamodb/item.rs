//! Items and keys: small functions that write and read attributes. It must know no role.

use std::collections::HashMap;

use aftercall_core::error::Result;
use aftercall_schemas::ContactKey;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::corrupt;

/// An item as the SDK has it.
pub type Item = HashMap<String, AttributeValue>;

/// A text.
pub fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number.
pub fn n(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Bytes.
pub fn b(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

/// An item of these attributes.
pub fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A text attribute, if the item has it.
pub fn text_if<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// A text attribute.
pub fn text<'a>(table: &str, item: &'a Item, name: &str) -> Result<&'a str> {
    text_if(item, name).ok_or_else(|| corrupt(table, name))
}

/// A number attribute.
pub fn number<T: std::str::FromStr>(table: &str, item: &Item, name: &str) -> Result<T> {
    let digits = item.get(name).and_then(|value| value.as_n().ok());
    digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| corrupt(table, name))
}

/// A moment, kept in milliseconds.
pub fn moment(table: &str, item: &Item, name: &str) -> Result<Timestamp> {
    Timestamp::from_millisecond(number(table, item, name)?).map_err(|_| corrupt(table, name))
}

/// Milliseconds since 1970 with leading zeros, so that their order as text is their order. Earlier ones count as 0:
/// nothing happened here before.
pub fn padded(at: Timestamp) -> String {
    format!("{:015}", at.as_millisecond().max(0))
}

/// A contact as a key: `<instance id>/<contact id>`. A `/` or `%` in an instance id (Amazon Connect's have none) is
/// escaped, so that no two contacts have one key.
pub fn contact_key(contact: &ContactKey) -> String {
    let instance = contact.instance_id.replace('%', "%25").replace('/', "%2F");
    format!("{instance}/{}", contact.contact_id)
}

/// The contact of a key.
pub fn contact_of(key: &str) -> Option<ContactKey> {
    let (instance, contact) = key.split_once('/')?;
    Some(ContactKey::new(instance.replace("%2F", "/").replace("%25", "%"), contact))
}

/// One of `shards` shards, by the BLAKE3 of the key.
pub fn shard(key: &str, shards: u8) -> u8 {
    let digest = blake3::hash(key.as_bytes());
    digest.as_bytes().first().copied().unwrap_or(0) % shards.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_contacts_come_back_and_are_of_one_contact_each() {
        for (instance, contact) in [("i", "c"), ("i", "lex:a/b"), ("a/b", "c"), ("a%2Fb", "c"), ("a", "b/c"), ("", "")]
        {
            let key = ContactKey::new(instance, contact);
            assert_eq!(contact_of(&contact_key(&key)), Some(key));
        }
        assert_ne!(contact_key(&ContactKey::new("a/b", "c")), contact_key(&ContactKey::new("a", "b/c")));
    }

    #[test]
    fn moments_as_text_are_in_their_order() {
        let text = |millis| padded(Timestamp::from_millisecond(millis).unwrap());
        assert!(text(-5) <= text(0) && text(9) < text(10) && text(10) < text(1_767_323_045_000));
        assert_eq!(padded(Timestamp::MAX).len(), text(0).len());
    }
}
