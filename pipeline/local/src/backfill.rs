//! A backfill on one machine: every core, one contact after the other, within a budget. What a contact comes to, the stage
//! says; this file only shares the work and adds up.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use aftercall_core::error::{Error, Result};
use aftercall_schemas::ContactKey;
use aftercall_schemas::results::Processing;
use aftercall_stages::backfill::{Backfill, BackfillPorts, Change, Mode, backfill_contact, finish_interrupted, target};
use aftercall_stages::ports::{Published, PublishedIndex};
use jiff::Timestamp;
use pollster::block_on;

use crate::driver::{Machine, Progress};

/// Contacts whose present results say what a model's answer costs.
const SAMPLE: usize = 200;

/// Prices of a model that does not say what an answer cost, US dollars for a million tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Prices {
    /// Of tokens sent.
    pub input: Option<f64>,
    /// Of tokens written.
    pub output: Option<f64>,
}

impl Prices {
    /// What an answer cost; `None` where nobody can say.
    pub fn cost(&self, processing: &Processing) -> Option<f64> {
        let of = |tokens: Option<i64>, price: Option<f64>| Some(tokens.unwrap_or(0) as f64 * price? / 1e6);
        if processing.model.is_none() {
            return Some(0.0);
        }
        processing
            .cost_usd
            .or_else(|| Some(of(processing.input_tokens, self.input)? + of(processing.output_tokens, self.output)?))
    }
}

/// What a backfill did, or would do.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Contacts that have another version's result.
    pub targets: u64,
    /// Published analyses that have the present version already.
    pub current: u64,
    /// The present version finds the same.
    pub same: u64,
    /// It finds something else.
    pub changed: u64,
    /// It fails for good, by reason.
    pub failed: BTreeMap<String, u64>,
    /// What could not be done now; another run tries again.
    pub errors: Vec<(ContactKey, Error)>,
    /// What it cost, US dollars, as far as it is known.
    pub cost_usd: f64,
    /// The budget ended it.
    pub over_budget: bool,
    /// Estimated cost of all targets, where present results tell.
    pub estimate_usd: Option<f64>,
}

/// The newest published revision of every contact, oldest first.
pub fn newest(index: &dyn PublishedIndex) -> Result<Vec<Published>> {
    const PAGE: usize = 4096;
    let mut newest: BTreeMap<ContactKey, Published> = BTreeMap::new();
    let mut after: Option<Published> = None;
    loop {
        let page = block_on(index.published(Timestamp::MIN, Timestamp::MAX, after.as_ref(), PAGE))?;
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        for published in page {
            match newest.get(&published.contact) {
                Some(known) if known.revision >= published.revision => {}
                _ => drop(newest.insert(published.contact.clone(), published)),
            }
        }
    }
    let mut newest: Vec<_> = newest.into_values().collect();
    newest.sort_by_key(|published| published.published_at);
    Ok(newest)
}

impl Machine<'_> {
    fn backfill_ports(&self) -> BackfillPorts<'_> {
        BackfillPorts {
            contacts: self.store,
            results: self.store,
            objects: &self.objects,
            summarize: self.summarize,
            clock: self.clock,
        }
    }

    /// Counts what a backfill would have to do and what it may cost. Nobody is asked and nothing is written.
    pub fn estimate(&self, backfill: &Backfill, prices: Prices) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut costs = Vec::new();
        for published in newest(self.store)? {
            match block_on(target(self.backfill_ports(), &published, backfill, &self.settings.stages))? {
                Ok(target) => {
                    outcome.targets += 1;
                    if let Some(result) = target.analysis.results.get(&backfill.stage)
                        && costs.len() < SAMPLE
                    {
                        costs.extend(prices.cost(&result.processing).filter(|_| result.processing.model.is_some()));
                    }
                }
                Err(Change::Current) => outcome.current += 1,
                Err(_) => {}
            }
        }
        if !costs.is_empty() {
            let mean = costs.iter().sum::<f64>() / costs.len() as f64;
            outcome.estimate_usd = Some(mean * outcome.targets as f64);
        } else if !self.summarize.is_costly() {
            outcome.estimate_usd = Some(0.0);
        }
        Ok(outcome)
    }

    /// Re-runs a stage. Ends early when the budget, US dollars, is spent; started again it goes on where it ended.
    pub fn backfill(
        &self,
        backfill: &Backfill,
        mode: Mode,
        budget: Option<f64>,
        prices: Prices,
        progress: &Progress,
    ) -> Result<Outcome> {
        let ports = self.backfill_ports();
        let targets = newest(self.store)?;
        let next = AtomicUsize::new(0);
        let shared = Mutex::new(Outcome::default());
        let spent = || shared.lock().unwrap_or_else(PoisonError::into_inner).cost_usd;
        let work = || {
            while let Some(published) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                if budget.is_some_and(|budget| spent() >= budget) {
                    shared.lock().unwrap_or_else(PoisonError::into_inner).over_budget = true;
                    return;
                }
                let done = block_on(finish_interrupted(ports, &published.contact))
                    .and_then(|_| block_on(backfill_contact(ports, published, backfill, mode, &self.settings.stages)));
                let mut outcome = shared.lock().unwrap_or_else(PoisonError::into_inner);
                match done {
                    Ok(done) => {
                        outcome.cost_usd += prices.cost(&done.processing).unwrap_or(0.0);
                        outcome.add(done.change);
                    }
                    Err(error) => outcome.errors.push((published.contact.clone(), error)),
                }
                progress.contacts.fetch_add(1, Ordering::Relaxed);
            }
        };
        let written = self.maybe_batched(|| {
            std::thread::scope(|scope| {
                for _ in 0..self.settings.workers.max(1) {
                    scope.spawn(work);
                }
            });
        });
        written?;
        Ok(shared.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Outcome {
    fn add(&mut self, change: Change) {
        match change {
            Change::Apart => return,
            Change::Current => {
                self.current += 1;
                return;
            }
            Change::Same => self.same += 1,
            Change::Changed => self.changed += 1,
            Change::Failed(reason) => *self.failed.entry(reason).or_default() += 1,
        }
        self.targets += 1;
    }
}
