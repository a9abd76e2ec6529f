//! The keys of objects, which are the same on a folder and on S3. Ids come from outside, so every part is escaped.

use aftercall_schemas::{ContactKey, RevisionKey};

/// Longest part of a key that stays readable; longer ones are replaced by their digest.
const MAX_PART: usize = 120;

/// The key of a revision's conversation object.
pub fn conversation(contact: &ContactKey, revision: &RevisionKey) -> String {
    format!("conversations/{}/{}/{}.json", part(&contact.instance_id), part(&contact.contact_id), revision)
}

/// The key of a revision's analysis object. A late result changes the analysis but not the conversation, so the number
/// of the revision is part of it.
pub fn analysis(contact: &ContactKey, revision: &RevisionKey, number: u32) -> String {
    format!("analyses/{}/{}/{}-{number}.json", part(&contact.instance_id), part(&contact.contact_id), revision)
}

/// Where everything lies that is kept of a contact under its ids: conversations, analyses, large results, exchanges with
/// models.
pub fn folders_of(contact: &ContactKey) -> Vec<String> {
    let (instance, contact) = (part(&contact.instance_id), part(&contact.contact_id));
    ["conversations", "analyses", "results", "exchanges"].map(|zone| format!("{zone}/{instance}/{contact}/")).into()
}

/// Where the archive notes which documents speak of a contact.
pub fn archived_of(contact: &ContactKey) -> String {
    format!("archive/contacts/{}/{}/", part(&contact.instance_id), part(&contact.contact_id))
}

/// The key of a quarantined input's bytes.
pub fn quarantine(quarantine_id: &str) -> String {
    format!("quarantine/{}", part(quarantine_id))
}

/// An id as one part of a key: letters, digits, `-` and `_` stay, everything else becomes `%XX`, so that no id can
/// leave its folder or collide with another on a file system that folds nothing.
fn part(id: &str) -> String {
    let mut escaped = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => escaped.push(char::from(byte)),
            _ => escaped += &format!("%{byte:02X}"),
        }
    }
    if escaped.is_empty() || escaped.len() > MAX_PART {
        return format!("~{}", &blake3::hash(id.as_bytes()).to_hex()[..32]);
    }
    escaped
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
