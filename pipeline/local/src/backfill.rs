//! A backfill on one machine: every core, one contact after the other, within a budget. What a contact comes to, the stage
//! says; this file only shares the work and adds up.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use aftercall_core::error::{Error, Result};
use aftercall_schemas::ContactKey;
use aftercall_schemas::results::Processing;
use aftercall_stages::backfill::{
    Backfill, BackfillPorts, Backfilled, Change, Mode, backfill_prepared, finish_interrupted, is_of_days, prepare,
    target,
};
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
    /// What so many tokens cost, US dollars; `None` where prices are not known.
    pub fn of_tokens(&self, input: f64, output: f64) -> Option<f64> {
        Some((input * self.input? + output * self.output?) / 1e6)
    }

    /// What an answer cost; `None` where nobody can say.
    pub fn cost(&self, processing: &Processing) -> Option<f64> {
        let of = |tokens: Option<i64>, price: Option<f64>| Some(tokens? as f64 * price? / 1e6);
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

/// Whether a model was asked for a result: of an answer that was used again only the model is known.
const fn was_asked(processing: &Processing) -> bool {
    processing.model.is_some() && (processing.cost_usd.is_some() || processing.input_tokens.is_some())
}

impl Machine<'_> {
    fn backfill_ports(&self) -> BackfillPorts<'_> {
        BackfillPorts {
            contacts: self.store,
            results: self.store,
            objects: &self.objects,
            summarize: self.summarize,
            label: None,
            clock: self.clock,
        }
    }

    /// The published revisions of the days asked for, each its contact's newest. One whose day cannot be read is among them:
    /// who comes to it says so.
    pub fn of_days(&self, backfill: &Backfill) -> Result<Vec<Published>> {
        let mut published = newest(self.store)?;
        published.retain(|one| block_on(is_of_days(&self.objects, one, backfill)).unwrap_or(true));
        Ok(published)
    }

    /// Counts what a backfill would have to do and what it may cost. Nobody is asked and nothing is written.
    pub fn estimate(&self, backfill: &Backfill, prices: Prices) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut costs = Vec::new();
        for published in newest(self.store)? {
            let found = match block_on(target(self.backfill_ports(), &published, backfill, &self.settings.stages)) {
                Ok(found) => found,
                Err(error) => {
                    outcome.errors.push((published.contact, error));
                    continue;
                }
            };
            match found {
                Ok(target) => {
                    outcome.targets += 1;
                    if let Some(result) = target.analysis.results.get(&backfill.stage)
                        && costs.len() < SAMPLE
                    {
                        costs.extend(prices.cost(&result.processing).filter(|_| was_asked(&result.processing)));
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

    /// Re-runs a stage on these published revisions. Ends before a call that could cost more than the budget, US dollars, has left; started again it goes
    /// on where it ended.
    pub fn backfill(
        &self,
        targets: &[Published],
        backfill: &Backfill,
        mode: Mode,
        budget: Option<f64>,
        prices: Prices,
        progress: &Progress,
    ) -> Result<Outcome> {
        let next = AtomicUsize::new(0);
        let purse = Purse::default();
        let work = || {
            while let Some(published) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                let done = self.backfill_one(published, backfill, mode, budget, prices, &purse);
                let mut outcome = purse.lock();
                match done {
                    Ok(Some(done)) => outcome.found.add(done.change),
                    Ok(None) => {
                        outcome.found.over_budget = true;
                        return;
                    }
                    Err(error) => outcome.found.errors.push((published.contact.clone(), error)),
                }
                // A cast from f64 saturates.
                progress.micro_usd.store((outcome.found.cost_usd * 1e6) as u64, Ordering::Relaxed);
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
        Ok(purse.inner.into_inner().unwrap_or_else(PoisonError::into_inner).found)
    }

    /// Re-runs the stage on a contact; `None` if the budget has no room for it.
    fn backfill_one(
        &self,
        published: &Published,
        backfill: &Backfill,
        mode: Mode,
        budget: Option<f64>,
        prices: Prices,
        purse: &Purse,
    ) -> Result<Option<Backfilled>> {
        let (ports, settings) = (self.backfill_ports(), &self.settings.stages);
        block_on(finish_interrupted(ports, &published.contact))?;
        let prepared = match block_on(prepare(ports, published, backfill, settings))? {
            Ok(prepared) => prepared,
            Err(change) => return Ok(Some(Backfilled { change, processing: Processing::default() })),
        };
        let most = prepared.most_usd.unwrap_or(0.0);
        if !purse.reserve(most, budget) {
            return Ok(None);
        }
        let done = block_on(backfill_prepared(ports, published, prepared, backfill, mode, settings));
        let succeeded = done.as_ref().ok().filter(|done| !matches!(done.change, Change::Failed(_)));
        purse.settle(most, succeeded.map(|done| prices.cost(&done.processing).unwrap_or(most)));
        done.map(Some)
    }
}

/// What has been spent, what calls that are under way may cost, and what was found.
#[derive(Default)]
struct Purse {
    inner: Mutex<Spent>,
    settled: Condvar,
}

#[derive(Default)]
struct Spent {
    found: Outcome,
    reserved: f64,
    under_way: usize,
}

impl Purse {
    fn lock(&self) -> MutexGuard<'_, Spent> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves the most that a call can cost. Where there is no room it waits for calls that are under way, which cost less
    /// than they could. Says whether there is room.
    fn reserve(&self, most: f64, budget: Option<f64>) -> bool {
        let mut spent = self.lock();
        loop {
            let fits = budget.is_none_or(|budget| spent.found.cost_usd + spent.reserved + most <= budget);
            if fits || spent.under_way == 0 {
                if fits {
                    spent.reserved += most;
                    spent.under_way += 1;
                }
                return fits;
            }
            spent = self.settled.wait(spent).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Puts what a call cost in the place of the most that it could. Nobody says what one that failed has cost: all of it
    /// stays reserved.
    fn settle(&self, most: f64, cost: Option<f64>) {
        let mut spent = self.lock();
        spent.under_way -= 1;
        if let Some(cost) = cost {
            spent.reserved -= most;
            spent.found.cost_usd += cost;
        }
        drop(spent);
        self.settled.notify_all();
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
