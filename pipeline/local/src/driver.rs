//! Runs all stages on one machine: takes in every document, then takes each open contact as far as it goes. Inputs come
//! first, all of them, so that a contact with many files gets one revision and not one a file; and so that a run that was
//! killed comes to the same revisions when it is started again. For the same reason nothing is analysed by a run that could
//! not write all it was given, as on a full disk: the next run would give contacts another revision, with the rest.
//!
//! The end of the given paths ends their sources: a contact that still waits for more is ready then. Work is shared by
//! threads over bounded queues; what one contact's failure leaves open, the next run finishes.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aftercall_core::contact::{ContactState, Next, Phase};
use aftercall_core::error::{Error, ErrorKind, Rejected, Result, Retry};
use aftercall_core::formats::DecodeContext;
use aftercall_core::formats::identity::Sidecar;
use aftercall_core::redact::RedactedConversation;
use aftercall_schemas::results::StageResult;
use aftercall_schemas::{ContactKey, Conversation, RevisionKey, Stage};
use aftercall_stages::archive::{Archive, take_in};
use aftercall_stages::ports::{Clock, OpenContacts, Summarize};
use aftercall_stages::publish::{PublishPorts, publish};
use aftercall_stages::quarantine::{Evidence as Aside, QuarantinePorts, put_aside};
use aftercall_stages::route::{RoutePorts, RouteSettings, route_contact};
use aftercall_stages::run_stage::{Ran, StagePorts, StageSettings, load_conversation, run_stage};
use aftercall_stages::{ingest::IngestPorts, route::Trigger};
use jiff::Timestamp;
use pollster::block_on;

use crate::objects::LocalObjects;
use crate::read::{self, Evidence, Found, Limits, Piece};
use crate::store::Store;

/// Everything a run works with.
pub struct Machine<'a> {
    /// The tables.
    pub store: &'a Store,
    /// The objects.
    pub objects: LocalObjects<'a>,
    /// Who writes summaries.
    pub summarize: &'a dyn Summarize,
    /// The time.
    pub clock: &'a dyn Clock,
    /// How a run works.
    pub settings: &'a RunSettings,
}

/// How a run works.
#[derive(Debug, Clone)]
pub struct RunSettings {
    /// Threads.
    pub workers: usize,
    /// How much is read at the most.
    pub limits: Limits,
    /// How documents are decoded; the origin is filled in.
    pub decode: DecodeContext,
    /// How contacts are routed.
    pub route: RouteSettings,
    /// How stages work.
    pub stages: StageSettings,
    /// Whether documents are kept as they came.
    pub archive: Archive,
}

/// How far a run is; read by whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Documents taken in.
    pub documents: AtomicU64,
    /// Bytes of files read, as they lie on the disk.
    pub bytes_read: AtomicU64,
    /// Bytes of all files.
    pub bytes_total: AtomicU64,
    /// Contacts analysed.
    pub contacts: AtomicU64,
    /// What it has cost, millionths of a US dollar.
    pub micro_usd: AtomicU64,
}

/// What a run did.
#[derive(Debug, Default)]
pub struct Report {
    /// Documents that were read.
    pub documents: u64,
    /// Inputs that were new.
    pub new_inputs: u64,
    /// Inputs that were there already.
    pub duplicates: u64,
    /// Inputs of contacts that have been erased; nothing of them was kept.
    pub erased: u64,
    /// Contacts that the documents speak of.
    pub contacts: BTreeSet<ContactKey>,
    /// What was put aside.
    pub quarantined: Vec<(String, Rejected)>,
    /// Documents rightly without content, by reason.
    pub ignored: BTreeMap<String, u64>,
    /// Contacts whose newest revision this run published.
    pub published: u64,
    /// Contacts that could not be taken as far as they go, and why.
    pub failed: Vec<(ContactKey, Error)>,
    /// Files that could not be read, and why.
    pub unreadable: Vec<Error>,
    /// What could not be written, and why. The next run does it.
    pub not_written: Vec<Error>,
}

/// What a contact came to, given to the observer of a run.
pub struct Finished<'a> {
    /// The contact.
    pub contact: &'a ContactKey,
    /// Its state.
    pub state: &'a ContactState,
    /// Its newest conversation.
    pub conversation: &'a Conversation,
    /// The results of the stages that ran.
    pub results: &'a [StageResult],
}

fn panicked() -> Error {
    Error::new(
        ErrorKind::Corrupt,
        "the analysis ended in a panic, which is a fault of this program: please report it with the message above",
    )
}

impl Machine<'_> {
    /// What taking in a document or a correction needs.
    pub fn ingest_ports(&self) -> IngestPorts<'_> {
        IngestPorts {
            contacts: self.store,
            inputs: self.store,
            recordings: self.store,
            objects: &self.objects,
            quarantine: self.store,
            clock: self.clock,
        }
    }

    fn aside(&self) -> QuarantinePorts<'_> {
        QuarantinePorts { quarantine: self.store, objects: &self.objects, clock: self.clock }
    }

    /// Takes in all documents of the files.
    pub fn take_in(&self, found: &Found, progress: &Progress, report: &mut Report) {
        let total = found.sources.iter().map(|source| source.size_bytes).sum();
        progress.bytes_total.store(total, Ordering::Relaxed);
        let shared = Mutex::new(std::mem::take(report));
        // A batch for each worker in hand and one waiting bounds what is in memory.
        let (send, receive) = sync_channel::<Batch>(self.settings.workers.max(1));
        let receive = Mutex::new(receive);
        std::thread::scope(|scope| {
            for _ in 0..self.settings.workers.max(1) {
                scope.spawn(|| {
                    while let Some(batch) = next(&receive) {
                        let mut part = Report::default();
                        let written = self.store.batched(|| {
                            for piece in batch.pieces {
                                self.take_piece(piece, batch.sidecar.as_deref(), &mut part);
                                progress.documents.fetch_add(1, Ordering::Relaxed);
                            }
                        });
                        part.not_written.extend(written.err());
                        shared.lock().unwrap_or_else(PoisonError::into_inner).add(part);
                    }
                });
            }
            for source in &found.sources {
                if let Err(error) = self.send_documents(source, &send) {
                    shared.lock().unwrap_or_else(PoisonError::into_inner).unreadable.push(error);
                }
                progress.bytes_read.fetch_add(source.size_bytes, Ordering::Relaxed);
            }
            drop(send);
        });
        *report = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    }

    fn send_documents(&self, source: &read::Source, send: &SyncSender<Batch>) -> Result<()> {
        const BATCH_DOCUMENTS: usize = 64;
        const BATCH_BYTES: usize = 1 << 20;
        let sidecar = match source.sidecar()? {
            Some(bytes) => {
                let says = Sidecar::parse(&bytes).map_err(|rejected| {
                    Error::new(ErrorKind::Config, "a sidecar cannot be understood")
                        .with("beside", source.path.display())
                        .because(rejected)
                })?;
                Some(Arc::new(Beside { says, text: String::from_utf8_lossy(&bytes).into_owned() }))
            }
            None => None,
        };
        let mut pieces = Vec::new();
        let mut bytes = 0;
        read::documents(source, self.settings.limits, |piece| {
            bytes += match &piece {
                Piece::Document { bytes, .. } => bytes.len(),
                Piece::Unreadable { .. } => 0,
            };
            pieces.push(piece);
            if pieces.len() < BATCH_DOCUMENTS && bytes < BATCH_BYTES {
                return true;
            }
            bytes = 0;
            send.send(Batch { pieces: std::mem::take(&mut pieces), sidecar: sidecar.clone() }).is_ok()
        })?;
        if pieces.is_empty() || send.send(Batch { pieces, sidecar }).is_ok() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Storage, "the workers have stopped").with("path", source.path.display()))
    }

    fn take_piece(&self, piece: Piece, sidecar: Option<&Beside>, report: &mut Report) {
        report.documents += 1;
        let (origin, outcome) = match piece {
            Piece::Document { origin, bytes } => {
                let says = sidecar.map(|beside| beside.says.clone());
                let context = DecodeContext { origin, sidecar: says, ..self.settings.decode.clone() };
                let text = sidecar.map(|beside| beside.text.as_str());
                let taken = block_on(take_in(self.ingest_ports(), self.settings.archive, &bytes, &context, text));
                (context.origin, taken)
            }
            Piece::Unreadable { origin, rejected, evidence } => {
                let evidence = match &evidence {
                    Evidence::Bytes(bytes) => Aside::Bytes(bytes),
                    Evidence::LeftInPlace { size_bytes } => Aside::LeftInPlace { size_bytes: *size_bytes },
                };
                let put = block_on(put_aside(self.aside(), &rejected, &origin, evidence));
                report.quarantined.push((origin.clone(), rejected));
                (origin, put.map(|_| Default::default()))
            }
        };
        match outcome {
            Ok(taken) => {
                report.new_inputs += u64::from(taken.new);
                report.duplicates += u64::from(taken.duplicates);
                report.erased += u64::from(taken.erased);
                report.contacts.extend(taken.contacts);
                report.quarantined.extend(taken.quarantined.into_iter().map(|rejected| (origin.clone(), rejected)));
                if let Some(why) = taken.ignored {
                    *report.ignored.entry(why).or_default() += 1;
                }
            }
            Err(error) => report.not_taken_in(error.with("origin", origin)),
        }
    }

    /// Takes every open contact as far as it goes, unless some of the inputs before could not be written. `observe` is told
    /// of each contact that got a new revision.
    pub fn drain(
        &self,
        progress: &Progress,
        report: &mut Report,
        observe: &(dyn Fn(Finished<'_>) + Sync),
    ) -> Result<()> {
        const PAGE: usize = 1024;
        if !report.not_written.is_empty() {
            return Ok(());
        }
        let shared = Mutex::new(std::mem::take(report));
        let mut after: Option<ContactKey> = None;
        let drained = loop {
            let page = match block_on(self.store.open(Timestamp::MAX, after.as_ref(), PAGE)) {
                Ok(page) => page,
                Err(error) => break Err(error),
            };
            let Some(last) = page.last() else { break Ok(()) };
            after = Some(last.clone());
            let next = AtomicUsize::new(0);
            std::thread::scope(|scope| {
                for _ in 0..self.settings.workers.max(1) {
                    scope.spawn(|| {
                        let mut part = Report::default();
                        let written = self.maybe_batched(|| {
                            while let Some(contact) = page.get(next.fetch_add(1, Ordering::Relaxed)) {
                                // A fault of ours in one contact keeps no other waiting. It stays open, and the next run says it again.
                                let finished =
                                    catch_unwind(AssertUnwindSafe(|| self.finish(contact, &mut part, observe)));
                                if let Err(error) = finished.unwrap_or_else(|_| Err(panicked())) {
                                    part.failed.push((contact.clone(), error));
                                }
                                progress.contacts.fetch_add(1, Ordering::Relaxed);
                            }
                        });
                        part.not_written.extend(written.err());
                        shared.lock().unwrap_or_else(PoisonError::into_inner).add(part);
                    });
                }
            });
        };
        *report = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        drained
    }

    /// Batches the writes of `work`, unless a model is asked in between: nobody should wait for its answer with the
    /// store's transaction open.
    pub(crate) fn maybe_batched<T>(&self, work: impl FnOnce() -> T) -> Result<T> {
        if self.summarize.is_costly() { Ok(work()) } else { self.store.batched(work) }
    }

    /// Takes one contact as far as it goes.
    fn finish(&self, contact: &ContactKey, report: &mut Report, observe: &(dyn Fn(Finished<'_>) + Sync)) -> Result<()> {
        let (store, objects, clock) = (self.store, &self.objects, self.clock);
        let route_ports = RoutePorts { contacts: store, inputs: store, objects, quarantine: store, clock };
        let routed = block_on(route_contact(route_ports, contact, &self.settings.route, Trigger::BatchEnded))?;
        for (origin, rejected) in routed.quarantined {
            report.quarantined.push((origin, rejected));
        }
        let Some(mut state) = routed.state else { return Ok(()) };
        let Some(analysis) = state.analysis.clone() else { return Ok(()) };
        let conversation = block_on(load_conversation(objects, contact, &analysis.key))?;
        let mut results = Vec::new();
        if let Next::Run(stages) = state.next(clock.now(), self.settings.route.ready) {
            for stage in stages {
                let ran = self.run_one(contact, &analysis.key, stage, &conversation)?;
                report.quarantined.extend(ran.quarantined);
                results.push(ran.result);
            }
        }
        if let Some(published) = block_on(publish(self.publish_ports(), contact))? {
            state = published.state;
        }
        if matches!(state.phase(), Phase::Complete | Phase::Partial) {
            report.published += 1;
            observe(Finished { contact, state: &state, conversation: conversation.conversation(), results: &results });
        }
        Ok(())
    }
}

impl Machine<'_> {
    /// Runs one stage, with patience.
    pub(crate) fn run_one(
        &self,
        contact: &ContactKey,
        revision: &RevisionKey,
        stage: Stage,
        conversation: &RedactedConversation,
    ) -> Result<Ran> {
        let ports = StagePorts {
            objects: &self.objects,
            results: self.store,
            summarize: self.summarize,
            label: None,
            // A contact is one worker's, and what a killed run held would make the next one wait.
            lease: None,
            quarantine: Some(self.store),
            clock: self.clock,
        };
        let settings = &self.settings.stages;
        with_patience(|| {
            block_on(run_stage(ports, contact, revision, stage, conversation, settings)).map_err(Error::from)
        })
    }

    pub(crate) fn publish_ports(&self) -> PublishPorts<'_> {
        PublishPorts { contacts: self.store, results: self.store, objects: &self.objects, clock: self.clock }
    }
}

/// Tries what may pass, a few times and not for long: whoever started the run is waiting.
fn with_patience<T>(attempt: impl Fn() -> Result<T>) -> Result<T> {
    const ATTEMPTS: u32 = 4;
    const LONGEST: Duration = Duration::from_secs(10);
    for number in 1..ATTEMPTS {
        match attempt() {
            Err(error) if error.retry != Retry::Never => {
                let pause = match error.retry {
                    Retry::After(pause) => pause,
                    _ => Duration::from_millis(200) * number,
                };
                std::thread::sleep(pause.min(LONGEST));
            }
            done => return done,
        }
    }
    attempt()
}

/// Documents of one file.
struct Batch {
    pieces: Vec<Piece>,
    sidecar: Option<Arc<Beside>>,
}

/// A sidecar: what it says, and as it came.
struct Beside {
    says: Sidecar,
    text: String,
}

fn next(receive: &Mutex<Receiver<Batch>>) -> Option<Batch> {
    receive.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

impl Report {
    /// A document that was not taken in, for a fault of the store or of what the store holds of its contact.
    pub fn not_taken_in(&mut self, error: Error) {
        match error.kind {
            ErrorKind::Storage => self.not_written.push(error),
            // The same in every run; nobody else should have to wait for it.
            _ => self.unreadable.push(error),
        }
    }

    /// Whether another run has something to do.
    pub fn is_unfinished(&self) -> bool {
        !self.failed.is_empty() || !self.unreadable.is_empty() || !self.not_written.is_empty()
    }

    fn add(&mut self, other: Self) {
        self.documents += other.documents;
        self.new_inputs += other.new_inputs;
        self.duplicates += other.duplicates;
        self.erased += other.erased;
        self.contacts.extend(other.contacts);
        self.quarantined.extend(other.quarantined);
        for (why, count) in other.ignored {
            *self.ignored.entry(why).or_default() += count;
        }
        self.published += other.published;
        self.failed.extend(other.failed);
        self.unreadable.extend(other.unreadable);
        self.not_written.extend(other.not_written);
    }
}
