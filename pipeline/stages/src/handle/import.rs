//! A batch of the queue of new objects: files that Contact Lens, Connect, Transcribe or people put into a bucket. A file
//! is split into documents as on one machine, and its sidecar (`<file>.contact.json`) says whose it is, whichever of the two
//! comes first.

use std::io::Cursor;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use aftercall_core::documents::{self, Limits, Piece, documents as split};
use aftercall_core::error::{Reason, Rejected, Result};
use aftercall_core::formats::DecodeContext;
use aftercall_core::formats::identity::Sidecar;
use async_trait::async_trait;
use serde::Deserialize;

use super::batch::Handled;
use super::deadline::Deadline;
use super::envelope::{detail, message, records};
use crate::archive::{Archive, take_in};
use crate::ingest::IngestPorts;
use crate::quarantine::{Evidence, QuarantinePorts, put_aside};

/// Ending of the small file beside a document that says whose it is.
const SIDECAR: &str = ".contact.json";
/// Longest sidecar.
const SIDECAR_BYTES: u64 = 64 * 1024;
/// Pieces of a file that wait for their turn; each may be as long as a document may be.
const PIECES: usize = 2;

/// An object of somebody's bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// It is longer than was asked for.
    TooLarge {
        /// How long.
        size_bytes: u64,
    },
    /// It is not there (any more).
    Gone,
}

/// Reads objects of buckets that are not ours.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// Reads an object of `max_bytes` at the most.
    async fn fetch(&self, bucket: &str, key: &str, max_bytes: u64) -> Result<Fetched>;
}

/// What importing needs.
#[derive(Clone, Copy)]
pub struct ImportPorts<'a> {
    /// To take documents in.
    pub ingest: IngestPorts<'a>,
    /// Whether they are kept as they came.
    pub archive: Archive,
    /// To read them.
    pub fetch: &'a dyn Fetch,
}

/// How much is read at the most.
#[derive(Debug, Clone, Copy)]
pub struct ImportLimits {
    /// Longest file as it lies in the bucket; it is held in memory.
    pub object_bytes: u64,
    /// Longest document.
    pub documents: Limits,
}

#[derive(Deserialize)]
struct ObjectCreated {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

/// Imports the objects of a batch, one after the other: each may take most of the memory there is.
///
/// # Errors
/// The whole batch has to come again.
pub async fn import_batch(
    ports: ImportPorts<'_>,
    context: &DecodeContext,
    limits: ImportLimits,
    deadline: Deadline<'_>,
    event: &str,
) -> Result<Handled> {
    let mut handled = Handled::default();
    for raw in records(event)? {
        handled.count("Records", 1);
        let message = match message(raw) {
            Ok(message) => message,
            Err(rejected) => {
                aside(ports, &rejected, "queue of new objects", Evidence::Bytes(raw.get().as_bytes())).await?;
                handled.count("Quarantined", 1);
                continue;
            }
        };
        if !deadline.has_time() {
            handled.not_begun(message.message_id);
            continue;
        }
        let done = match detail::<ObjectCreated>(&message.body) {
            Ok(created) => {
                import(ports, context, limits, &created.bucket.name, &created.object.key, &mut handled).await
            }
            Err(rejected) => {
                handled.count("Quarantined", 1);
                aside(ports, &rejected, "queue of new objects", Evidence::Bytes(message.body.as_bytes())).await
            }
        };
        if let Err(error) = done {
            handled.failed(message.message_id, error);
        }
    }
    Ok(handled)
}

/// Imports one object. A sidecar imports the object that it speaks of.
pub async fn import(
    ports: ImportPorts<'_>,
    context: &DecodeContext,
    limits: ImportLimits,
    bucket: &str,
    key: &str,
    handled: &mut Handled,
) -> Result<()> {
    let key = key.strip_suffix(SIDECAR).unwrap_or(key);
    let origin = format!("s3://{bucket}/{key}");
    let bytes = match ports.fetch.fetch(bucket, key, limits.object_bytes).await? {
        Fetched::Bytes(bytes) => bytes,
        // The object that a sidecar waits for has not come yet, or somebody has removed it.
        Fetched::Gone => {
            handled.count("Gone", 1);
            return Ok(());
        }
        Fetched::TooLarge { size_bytes } => {
            handled.count("Quarantined", 1);
            let detail = format!("{size_bytes} bytes, more than the limit of {}; split the file", limits.object_bytes);
            let rejected = Rejected::new(Reason::TooLarge, detail);
            return aside(ports, &rejected, &origin, Evidence::LeftInPlace { size_bytes }).await;
        }
    };
    let sidecar = match ports.fetch.fetch(bucket, &format!("{key}{SIDECAR}"), SIDECAR_BYTES).await? {
        Fetched::Bytes(sidecar) => match Sidecar::parse(&sidecar) {
            Ok(says) => Some((says, String::from_utf8_lossy(&sidecar).into_owned())),
            Err(rejected) => {
                handled.count("Quarantined", 1);
                let origin = format!("{origin}{SIDECAR}");
                return aside(ports, &rejected, &origin, Evidence::Bytes(&sidecar)).await;
            }
        },
        Fetched::TooLarge { size_bytes } => {
            handled.count("Quarantined", 1);
            let rejected = Rejected::new(
                Reason::TooLarge,
                format!("{size_bytes} bytes of a sidecar; it may have {SIDECAR_BYTES}"),
            );
            let origin = format!("{origin}{SIDECAR}");
            return aside(ports, &rejected, &origin, Evidence::LeftInPlace { size_bytes }).await;
        }
        Fetched::Gone => None,
    };
    let (pieces, splitting) = pieces(bytes, origin, limits.documents);
    for piece in pieces {
        match piece {
            Piece::Document { origin, bytes } => {
                let (says, text) = sidecar.as_ref().map(|(says, text)| (says.clone(), text.as_str())).unzip();
                let context = DecodeContext { origin, sidecar: says, ..context.clone() };
                let taken = take_in(ports.ingest, ports.archive, &bytes, &context, text).await?;
                handled.count("InputsNew", u64::from(taken.new));
                handled.count("InputsDuplicate", u64::from(taken.duplicates));
                handled.count("Quarantined", taken.quarantined.len() as u64);
            }
            Piece::Unreadable { origin, rejected, evidence } => {
                let evidence = match &evidence {
                    documents::Evidence::Bytes(bytes) => Evidence::Bytes(bytes),
                    documents::Evidence::LeftInPlace { size_bytes } => {
                        Evidence::LeftInPlace { size_bytes: *size_bytes }
                    }
                };
                handled.count("Quarantined", 1);
                aside(ports, &rejected, &origin, evidence).await?;
            }
        }
    }
    // A panic is a fault of this program; it must not pass for the end of the file.
    splitting.join().unwrap_or_else(|panic| resume_unwind(panic));
    Ok(())
}

/// The pieces of a file, a few at a time: what is packed well is many times as large as the file, and never in memory as a whole.
fn pieces(bytes: Vec<u8>, origin: String, limits: Limits) -> (Receiver<Piece>, JoinHandle<()>) {
    let (send, receive) = sync_channel(PIECES);
    let splitting = std::thread::spawn(move || {
        // When nobody takes pieces any more, the rest is not read.
        split(Cursor::new(bytes), &origin, limits, |piece| send.send(piece).is_ok());
    });
    (receive, splitting)
}

async fn aside(ports: ImportPorts<'_>, rejected: &Rejected, origin: &str, evidence: Evidence<'_>) -> Result<()> {
    let ports = ports.ingest;
    let ports = QuarantinePorts { quarantine: ports.quarantine, objects: ports.objects, clock: ports.clock };
    put_aside(ports, rejected, origin, evidence).await.map(drop)
}
