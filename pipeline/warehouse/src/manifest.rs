//! Windows of the index and the manifests of what they wrote: the list that a consumer loads from. It must not read or write
//! anything.

use aftercall_schemas::{ContactKey, RevisionKey};
use aftercall_stages::ports::Published;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Where tables, manifests and plans lie.
pub const ROOT: &str = "warehouse";
/// Where manifests lie, in the order of their windows.
pub const MANIFESTS: &str = "warehouse/_manifests/";
/// Version of the columns, as in `schemas/history`. A consumer that knows an older one reads the columns it knows.
pub const SCHEMA_VERSION: u32 = 1;
/// The value of [`Manifest::format`] that this version writes.
pub const MANIFEST_FORMAT: &str = "aftercall.manifest/1";

/// A window of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Windows count from 1 and follow each other without a gap.
    pub number: u32,
    /// First moment of it.
    pub from: Timestamp,
    /// First moment after it.
    pub to: Timestamp,
}

impl Window {
    /// The name of its manifest and files: its number, and its end to the millisecond.
    pub fn name(&self) -> String {
        format!("{:08}-{}", self.number, self.to.strftime("%Y%m%dT%H%M%S.%3fZ"))
    }

    /// The key of its manifest.
    pub fn manifest_key(&self) -> String {
        format!("{MANIFESTS}{}.json", self.name())
    }
}

/// What a window wrote. Written last, so what it lists is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `aftercall.manifest/1`.
    pub format: String,
    /// Version of the columns.
    pub schema_version: u32,
    /// The window.
    pub window: Window,
    /// Published revisions in it.
    pub revisions: u64,
    /// How many of them were published before the window and had been missed.
    pub late: u64,
    /// Quarantine entries in it.
    pub quarantined: u64,
    /// Published revisions that could not be read yet. They are tried again before every later window.
    pub waiting: Vec<Waiting>,
    /// Files, by key.
    pub files: Vec<ManifestFile>,
}

/// A file of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Key of the object.
    pub key: String,
    /// Table.
    pub table: String,
    /// Day partition.
    pub dt: Date,
    /// Rows.
    pub rows: u64,
    /// Size.
    pub bytes: u64,
    /// BLAKE3 of the bytes, hexadecimal.
    pub blake3: String,
}

/// A published revision as plans and manifests keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The contact.
    #[serde(flatten)]
    pub contact: ContactKey,
    /// The revision's digest.
    pub revision_key: RevisionKey,
    /// Its number.
    pub revision: u32,
    /// When it was published.
    pub published_at: Timestamp,
}

impl Entry {
    /// As the index has it.
    pub fn published(&self) -> Published {
        Published {
            contact: self.contact.clone(),
            revision_key: self.revision_key.clone(),
            revision: self.revision,
            published_at: self.published_at,
        }
    }
}

impl From<&Published> for Entry {
    fn from(published: &Published) -> Self {
        Self {
            contact: published.contact.clone(),
            revision_key: published.revision_key.clone(),
            revision: published.revision,
            published_at: published.published_at,
        }
    }
}

/// A published revision that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The revision.
    #[serde(flatten)]
    pub entry: Entry,
    /// What is wrong and where.
    pub problem: String,
}
