//! Dumps one window of generated contacts and prints its peak memory: `cargo run --release --example large_window -- TURNS`.
//! Objects are made when they are asked for and Parquet files are counted and forgotten, so what is measured is the dump.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Mutex;
use std::time::Instant;

use aftercall_core::error::Result;
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_schemas::{ContactKey, RevisionKey};
use aftercall_stages::ports::{Objects, Published, PublishedIndex, Quarantine};
use aftercall_warehouse::dump::{DumpPorts, DumpSettings, dump};
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;

/// Turns of a contact.
const TURNS: u64 = 20;
/// Days that the contacts are spread over.
const DAYS: u64 = 3;
const WORDS: [&str; 24] = [
    "the", "card", "has", "not", "arrived", "yet", "I", "called", "last", "week", "about", "my", "balance", "could",
    "you", "send", "it", "again", "please", "thank", "order", "number", "line", "problem",
];

/// Contacts that are made when they are asked for.
struct Generated {
    contacts: u64,
    /// Plans and manifests, which are read again; of other objects the sizes.
    kept: Mutex<BTreeMap<String, Vec<u8>>>,
    sizes: Mutex<(u64, u64)>,
}

fn moment(millis: u64) -> Timestamp {
    let millis = i64::try_from(millis).unwrap_or(0);
    Timestamp::from_millisecond(1_773_043_200_000 + millis).unwrap_or(Timestamp::MIN)
}

fn id(contact: u64) -> String {
    let digest = blake3::hash(&contact.to_le_bytes()).to_hex();
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

fn published(contact: u64) -> Published {
    Published {
        contact: ContactKey::new("11111111-2222-4333-8444-555555555555", format!("{contact:08}~{}", id(contact))),
        revision_key: RevisionKey(format!("{contact:08}")),
        revision: 1,
        published_at: moment(contact),
    }
}

fn conversation(contact: u64) -> serde_json::Value {
    let turns: Vec<_> = (0..TURNS)
        .map(|turn| {
            let mut seed = contact.wrapping_mul(31).wrapping_add(turn).wrapping_mul(6_364_136_223_846_793_005);
            let mut words = Vec::new();
            for _ in 0..14 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = usize::try_from(seed >> 40).unwrap_or(0) % WORDS.len();
                words.extend(WORDS.get(at));
            }
            let role = if turn % 2 == 0 { "AGENT" } else { "CUSTOMER" };
            json!({
                "turn_id": format!("t{turn}"), "participant": turn % 2, "role": role, "content": words.join(" "),
                "begin_offset_millis": turn * 6000, "end_offset_millis": turn * 6000 + 5000, "sentiment": "NEUTRAL",
            })
        })
        .collect();
    let entry = published(contact);
    json!({
        "format": "aftercall.conversation/1", "instance_id": entry.contact.instance_id,
        "contact_id": entry.contact.contact_id, "channel": "VOICE", "language": "en-US", "sources": ["test"],
        "alignment": "single", "start_timestamp": null, "turns": turns,
        "participants": [
            { "participant_id": "AGENT", "role": "AGENT", "role_source": "service" },
            { "participant_id": "CUSTOMER", "role": "CUSTOMER", "role_source": "service" },
        ],
        "record": { "disconnect_timestamp": moment(contact % DAYS * 86_400_000) },
    })
}

fn analysis(contact: u64) -> serde_json::Value {
    let entry = published(contact);
    json!({
        "format": "aftercall.analysis/1", "instance_id": entry.contact.instance_id,
        "contact_id": entry.contact.contact_id, "revision_key": entry.revision_key, "use_cases": ["UC2"],
        "state": "complete", "missing": {}, "results": {},
    })
}

#[async_trait]
impl PublishedIndex for Generated {
    async fn published(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&Published>,
        limit: usize,
    ) -> Result<Vec<Published>> {
        let first = after.map_or(0, |after| after.revision_key.0.parse::<u64>().map_or(0, |contact| contact + 1));
        let contacts = (first..self.contacts).map(published);
        let inside = contacts.skip_while(|entry| entry.published_at < from).take_while(|entry| entry.published_at < to);
        Ok(inside.take(limit).collect())
    }
}

#[async_trait]
impl Quarantine for Generated {
    async fn put_if_absent(&self, _: &QuarantineEntry) -> Result<bool> {
        Ok(true)
    }
    async fn list(&self) -> Result<Vec<QuarantineEntry>> {
        Ok(Vec::new())
    }
    async fn count_attempt(&self, _: &str) -> Result<()> {
        Ok(())
    }
    async fn release(&self, _: &str) -> Result<()> {
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[async_trait]
impl Objects for Generated {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<()> {
        if key.ends_with(".parquet") {
            let mut sizes = lock(&self.sizes);
            sizes.0 += 1;
            sizes.1 += bytes.len() as u64;
        } else {
            lock(&self.kept).insert(key.to_string(), bytes.to_vec());
        }
        Ok(())
    }
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        if let Some(kept) = lock(&self.kept).get(key) {
            return Ok(Some(kept.clone()));
        }
        let name = key.rsplit('/').next().unwrap_or_default();
        let number = name.get(..8).and_then(|digits| digits.parse::<u64>().ok());
        Ok(number.map(|contact| {
            let object = if key.starts_with("analyses/") { analysis(contact) } else { conversation(contact) };
            object.to_string().into_bytes()
        }))
    }
    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        Ok(lock(&self.kept).keys().filter(|key| key.starts_with(prefix)).cloned().collect())
    }
    async fn remove(&self, key: &str) -> Result<()> {
        lock(&self.kept).remove(key);
        Ok(())
    }
}

/// The kernel's high-water mark of this process, MB.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<f64>().ok().map(|kilobytes| kilobytes / 1024.0)
}

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let turns: u64 = std::env::args().nth(1).map_or(Ok(10_000_000), |text| text.parse())?;
    let world = Generated { contacts: turns / TURNS, kept: Mutex::default(), sizes: Mutex::default() };
    let settings = DumpSettings::default();
    let before = peak_mb().unwrap_or(0.0);
    let started = Instant::now();
    let ports = DumpPorts { index: &world, quarantine: &world, objects: &world };
    let manifests = pollster::block_on(dump(ports, &settings, moment(7 * 86_400_000)))?;
    let seconds = started.elapsed().as_secs_f64();
    let revisions: u64 = manifests.iter().map(|manifest| manifest.revisions).sum();
    let (files, bytes) = *lock(&world.sizes);
    println!("windows          {}", manifests.len());
    println!("contacts         {revisions}");
    println!("turns            {}", revisions * TURNS);
    println!("Parquet          {files} files, {:.1} MB", bytes as f64 / 1e6);
    println!("time             {seconds:.1} s, the making of the objects included");
    println!("peak memory      {:.0} MB ({before:.0} MB before)", peak_mb().unwrap_or(0.0));
    Ok(())
}
