//! The keys of objects, which are the same on a folder and on S3. Ids come from outside, so every part is escaped.

use std::borrow::Cow;

use aftercall_schemas::results::StageResult;
use aftercall_schemas::{ContactKey, RevisionKey, Stage};

/// Longest part of a key that stays readable; longer ones are replaced by their digest.
const MAX_PART: usize = 120;

/// The key of a revision's conversation object.
pub fn conversation(contact: &ContactKey, revision: &RevisionKey) -> String {
    let (instance, id) = (part(&contact.instance_id), part(&contact.contact_id));
    ["conversations/", &*instance, "/", &*id, "/", &revision.0, ".json"].concat()
}

/// The key of a revision's analysis object. A late result changes the analysis but not the conversation, so the number
/// of the revision is part of it.
pub fn analysis(contact: &ContactKey, revision: &RevisionKey, number: u32) -> String {
    let (instance, id) = (part(&contact.instance_id), part(&contact.contact_id));
    ["analyses/", &*instance, "/", &*id, "/", &revision.0, "-", &number.to_string(), ".json"].concat()
}

/// The keys of the analysis objects of earlier revisions with the same conversation, among these of the contact.
pub fn earlier_analyses(
    keys: impl IntoIterator<Item = String>,
    contact: &ContactKey,
    revision: &RevisionKey,
    number: u32,
) -> impl Iterator<Item = String> {
    let begin = format!("{}{revision}-", analyses_of(contact));
    keys.into_iter().filter(move |key| {
        let earlier = key.strip_prefix(&begin).and_then(|rest| rest.strip_suffix(".json")?.parse::<u32>().ok());
        earlier.is_some_and(|earlier| earlier < number)
    })
}

/// Where the analysis objects of a contact lie.
pub fn analyses_of(contact: &ContactKey) -> String {
    format!("analyses/{}/{}/", part(&contact.instance_id), part(&contact.contact_id))
}

/// Where everything lies that is kept of a contact under its ids: large inputs, conversations, analyses, large results,
/// exchanges with models.
pub fn folders_of(contact: &ContactKey) -> Vec<String> {
    let (instance, contact) = (part(&contact.instance_id), part(&contact.contact_id));
    ["inputs", "conversations", "analyses", "results", "exchanges"]
        .map(|zone| format!("{zone}/{instance}/{contact}/"))
        .into()
}

/// Where the archive notes which documents speak of which contact.
pub const ARCHIVED: &str = "archive/contacts/";

/// Where the archive notes which documents speak of a contact.
pub fn archived_of(contact: &ContactKey) -> String {
    format!("{ARCHIVED}{}/{}/", part(&contact.instance_id), part(&contact.contact_id))
}

/// The key of a quarantined input's bytes.
pub fn quarantine(quarantine_id: &str) -> String {
    format!("quarantine/{}", part(quarantine_id))
}

/// The key of an input's body where it is too large for its table.
pub fn input(contact: &ContactKey, digest: &str) -> String {
    format!("inputs/{}/{}/{}", part(&contact.instance_id), part(&contact.contact_id), part(digest))
}

/// The key of a result's object. Two runs of a stage may write different bytes (the time they took), so the digest of the
/// bytes is part of it: the table says which one counts, and neither overwrites the other.
pub fn result(result: &StageResult, bytes: &[u8]) -> String {
    let StageResult { contact, revision_key, stage, stage_version, .. } = result;
    let (instance, id, version) = (part(&contact.instance_id), part(&contact.contact_id), part(stage_version));
    format!("results/{instance}/{id}/{revision_key}/{}@{version}-{}.json", stage.as_str(), digest_of(bytes))
}

/// The key of what was asked of a language model and what it answered.
pub fn exchange(contact: &ContactKey, stage: Stage, prompt: &[u8]) -> String {
    let (instance, id) = (part(&contact.instance_id), part(&contact.contact_id));
    format!("exchanges/{instance}/{id}/{}-{}.json", stage.as_str(), digest_of(prompt))
}

/// The first 16 hexadecimal digits of the BLAKE3 of bytes.
fn digest_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().chars().take(16).collect()
}

/// An id as one part of a key: letters, digits, `-` and `_` stay, everything else becomes `%XX`, so that no id can
/// leave its folder or collide with another on a file system that folds nothing.
fn part(id: &str) -> Cow<'_, str> {
    let stays = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    // Connect's own ids are all of this kind.
    if !id.is_empty() && id.len() <= MAX_PART && id.bytes().all(stays) {
        return Cow::Borrowed(id);
    }
    let mut escaped = String::with_capacity(id.len());
    for byte in id.bytes() {
        if stays(byte) {
            escaped.push(char::from(byte));
        } else {
            escaped += &format!("%{byte:02X}");
        }
    }
    if escaped.is_empty() || escaped.len() > MAX_PART {
        return format!("~{}", &blake3::hash(id.as_bytes()).to_hex()[..32]).into();
    }
    escaped.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_cannot_leave_their_folder() {
        let check = |id: &str, expected: &str| assert_eq!(part(id), expected);
        check("b49644f6-672f-445c-b209-f76b36482830", "b49644f6-672f-445c-b209-f76b36482830");
        check("star:100", "star%3A100");
        check("../../etc/passwd", "%2E%2E%2F%2E%2E%2Fetc%2Fpasswd");
        check("", "~af1349b9f5f9a1a6a0404dea36dcc949");
        assert_eq!(part(&"x".repeat(10_000)).len(), 33);
    }
}
