//! The state machine of a contact against a reference that knows only the log of what happened and reads the rules off
//! it, over random orders, duplicates, late input, silence and deadlines.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aftercall_core::contact::{Arrival, Collection, ContactState, Next, Phase, ReadyRules, StageOutcome};
use aftercall_schemas::{RevisionKey, Stage};
use jiff::Timestamp;
use proptest::prelude::*;

const RULES: ReadyRules = ReadyRules {
    after_record: Duration::from_secs(60),
    after_silence: Duration::from_secs(900),
    announce_again: Duration::from_secs(600),
};
const DEADLINE: i64 = 600;
const STAGES: [Stage; 3] = [Stage::Measures, Stage::Sentiment, Stage::AgentSummary];

/// Something that can happen.
#[derive(Debug, Clone, Copy)]
enum Step {
    Input {
        ends: bool,
        record: bool,
    },
    Wait(u16),
    Tick,
    BatchEnds,
    /// Assemble to conversation number `content`; done only when the machine asks for it.
    Assemble {
        content: u8,
    },
    /// Results for the stages of this bit set; `failed` of them failed.
    Results {
        found: u8,
        failed: u8,
    },
    Publish,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (any::<bool>(), any::<bool>()).prop_map(|(ends, record)| Step::Input { ends: ends && !record, record }),
        2 => (0_u16..1200).prop_map(Step::Wait),
        2 => Just(Step::Tick),
        1 => Just(Step::BatchEnds),
        4 => (0_u8..3).prop_map(|content| Step::Assemble { content }),
        3 => (0_u8..8, 0_u8..8).prop_map(|(found, failed)| Step::Results { found, failed: failed & found }),
        2 => Just(Step::Publish),
    ]
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_323_045 + seconds).unwrap()
}

/// Stages without a result once an analysis is finished; `None` until then.
type Missing = Option<BTreeSet<Stage>>;

/// What the log says. Every question is answered by reading it from the beginning.
#[derive(Default)]
struct Log {
    entries: Vec<(i64, Entry)>,
}

enum Entry {
    Input { ends: bool, record: bool },
    Closed,
    Assembled { content: u8, deadline: i64 },
    Seen { found: BTreeSet<Stage>, failed: BTreeSet<Stage> },
    Published,
}

impl Log {
    /// Inputs that no revision holds.
    fn unassembled(&self) -> bool {
        let last = |matches: fn(&Entry) -> bool| self.entries.iter().rposition(|(_, entry)| matches(entry));
        last(|entry| matches!(entry, Entry::Input { .. })) > last(|entry| matches!(entry, Entry::Assembled { .. }))
    }

    /// Whether a contact with unassembled inputs is ready: a source ended once, or it was closed since.
    fn ready(&self) -> bool {
        let ended = self.entries.iter().any(|(_, entry)| matches!(entry, Entry::Input { ends: true, .. }));
        let assembled = self.entries.iter().rposition(|(_, entry)| matches!(entry, Entry::Assembled { .. }));
        let closed = self.entries.iter().rposition(|(_, entry)| matches!(entry, Entry::Closed));
        self.unassembled() && (ended || closed > assembled)
    }

    /// When a contact that waits becomes ready by itself.
    fn due(&self) -> Option<i64> {
        let inputs = || {
            self.entries.iter().filter_map(|(at, entry)| match entry {
                Entry::Input { record, .. } => Some((*at, *record)),
                _ => None,
            })
        };
        let silence = inputs().map(|(at, _)| at).max()? + 900;
        let record = inputs().find(|(_, record)| *record).map(|(at, _)| at + 60);
        Some(record.map_or(silence, |record| record.min(silence)))
    }

    /// Number of the newest revision, its content, and the stages that are missing once it is finished.
    fn analysis(&self) -> Option<(u32, u8, Missing, bool)> {
        let mut newest: Option<(u32, u8, i64, Missing, bool)> = None;
        for (at, entry) in &self.entries {
            match entry {
                Entry::Assembled { content, deadline } => match &newest {
                    Some((_, same, ..)) if same == content => {}
                    Some((number, ..)) => newest = Some((number + 1, *content, *deadline, None, false)),
                    None => newest = Some((1, *content, *deadline, None, false)),
                },
                Entry::Seen { found, failed } => {
                    let Some((number, _, deadline, finished, published)) = &mut newest else { continue };
                    let there: BTreeSet<_> = found.difference(failed).copied().collect();
                    match finished {
                        None => {
                            let answered = STAGES.iter().all(|stage| found.contains(stage));
                            if answered || *deadline <= *at {
                                *finished = Some(STAGES.into_iter().filter(|stage| !there.contains(stage)).collect());
                            }
                        }
                        Some(missing) if missing.iter().any(|stage| there.contains(stage)) => {
                            missing.retain(|stage| !there.contains(stage));
                            *number += u32::from(*published);
                            *published = false;
                        }
                        Some(_) => {}
                    }
                }
                Entry::Published => {
                    if let Some((.., Some(_), published)) = &mut newest {
                        *published = true;
                    }
                }
                Entry::Input { .. } | Entry::Closed => {}
            }
        }
        newest.map(|(number, content, _, missing, published)| (number, content, missing, published))
    }

    fn phase(&self) -> Phase {
        if self.ready() {
            return Phase::Ready;
        }
        if self.unassembled() {
            return Phase::Collecting;
        }
        match self.analysis() {
            None => Phase::Quarantined,
            Some((_, _, None, _)) => Phase::Routed,
            Some((_, _, Some(missing), _)) if missing.is_empty() => Phase::Complete,
            Some(_) => Phase::Partial,
        }
    }
}

fn stages(bits: u8) -> BTreeSet<Stage> {
    STAGES.into_iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0).map(|(_, stage)| stage).collect()
}

fn check(steps: &[Step]) {
    let mut log = Log::default();
    let mut now = 0;
    let mut state: Option<ContactState> = None;
    for step in steps {
        match (*step, state.take()) {
            (Step::Input { ends, record }, before) => {
                let arrival = Arrival { ends, is_record: record, at: moment(now) };
                state = Some(ContactState::arrived(before, arrival));
                log.entries.push((now, Entry::Input { ends, record }));
            }
            (Step::Wait(seconds), before) => {
                now += i64::from(seconds);
                state = before;
            }
            (_, None) => continue,
            (Step::Tick, Some(before)) => {
                if log.unassembled() && log.due().is_some_and(|due| due <= now) {
                    log.entries.push((now, Entry::Closed));
                }
                state = Some(before.time_passed(moment(now), RULES));
            }
            (Step::BatchEnds, Some(before)) => {
                if log.unassembled() {
                    log.entries.push((now, Entry::Closed));
                }
                state = Some(before.batch_ended(moment(now)));
            }
            (Step::Assemble { content }, Some(before)) => {
                if before.next(moment(now), RULES) == Next::Route {
                    let expected = STAGES.into_iter().map(|stage| (stage, moment(now + DEADLINE))).collect();
                    let key = RevisionKey(content.to_string());
                    state = Some(before.assembled(key, Vec::new(), expected, moment(now)));
                    log.entries.push((now, Entry::Assembled { content, deadline: now + DEADLINE }));
                } else {
                    state = Some(before);
                }
            }
            (Step::Results { found, failed }, Some(before)) => {
                let (found, failed) = (stages(found), stages(failed));
                let outcome = |stage: &Stage| match failed.contains(stage) {
                    true => StageOutcome::Failed("test".into()),
                    false => StageOutcome::Found,
                };
                let outcomes: BTreeMap<_, _> = found.iter().map(|stage| (*stage, outcome(stage))).collect();
                let key = before.analysis.as_ref().map_or(RevisionKey("none".into()), |analysis| analysis.key.clone());
                state = Some(before.results_seen(&key, &outcomes, moment(now)));
                log.entries.push((now, Entry::Seen { found, failed }));
            }
            (Step::Publish, Some(before)) => {
                let revision = before.analysis.as_ref().map_or(0, |analysis| analysis.revision);
                state = Some(before.published(revision, moment(now)));
                log.entries.push((now, Entry::Published));
            }
        }
        let Some(state) = &state else { continue };
        assert_eq!(state.phase(), log.phase(), "after {step:?} of {steps:?}");
        let analysis = state.analysis.as_ref().map(|analysis| (analysis.revision, analysis.key.0.clone()));
        let expected = log.analysis().map(|(number, content, ..)| (number, content.to_string()));
        assert_eq!(analysis, expected, "after {step:?} of {steps:?}");
        never_forgotten(state, &log, now);
    }
}

/// Whatever is open is in the index of open contacts, and whatever is not, is not.
fn never_forgotten(state: &ContactState, log: &Log, now: i64) {
    let published = matches!(log.analysis(), Some((_, _, Some(_), true)));
    let open = log.unassembled() || (log.analysis().is_some() && !published);
    assert_eq!(state.wake_at(RULES).is_some(), open, "the index of open contacts");
    let next = state.next(moment(now), RULES);
    assert_eq!(next == Next::Rest, !open, "{next:?} while open is {open}");
    if state.collection == Collection::Collecting && log.due().is_some_and(|due| due <= now) {
        assert_eq!(next, Next::Route, "a contact that is due is routed though nobody told the time");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn the_machine_agrees_with_the_log(steps in proptest::collection::vec(step(), 1..40)) {
        check(&steps);
    }
}

#[test]
fn a_contact_goes_its_way() {
    use Step::{Assemble, BatchEnds, Input, Publish, Results, Tick, Wait};
    let all = Results { found: 7, failed: 0 };
    // A whole file.
    check(&[Input { ends: true, record: false }, Assemble { content: 1 }, all, Publish]);
    // A stream without its end: the contact record, then a minute.
    check(&[
        Input { ends: false, record: false },
        Input { ends: false, record: true },
        Wait(60),
        Tick,
        Assemble { content: 1 },
    ]);
    // Silence.
    check(&[Input { ends: false, record: false }, Wait(900), Tick, Assemble { content: 1 }, all, Publish]);
    // The other twin changes the text, the record does not.
    let input = Input { ends: true, record: false };
    check(&[
        input,
        Assemble { content: 1 },
        all,
        Publish,
        input,
        Assemble { content: 2 },
        input,
        Assemble { content: 2 },
    ]);
    // A deadline passes, and the late result is a revision of its own.
    let two = Results { found: 3, failed: 0 };
    check(&[input, Assemble { content: 1 }, two, Wait(600), two, Publish, all, Publish]);
    check(&[Input { ends: false, record: false }, BatchEnds, Assemble { content: 0 }, all, Publish]);
}

#[test]
fn the_history_is_bounded() {
    let arrival = Arrival { ends: false, is_record: false, at: moment(0) };
    let mut state = ContactState::arrived(None, arrival);
    for number in 0..1000 {
        state = ContactState::arrived(Some(state), arrival).batch_ended(moment(number)).rejected(moment(number));
    }
    assert_eq!(state.inputs, 1001);
    assert_eq!(state.history.len(), aftercall_core::contact::HISTORY_LIMIT);
}

#[test]
fn a_wait_without_end_forgets_nobody() {
    let arrival = Arrival { ends: false, is_record: true, at: moment(0) };
    let state = ContactState::arrived(None, arrival);
    let rules = ReadyRules { after_record: Duration::MAX, after_silence: Duration::MAX, announce_again: Duration::MAX };
    assert_eq!(state.wake_at(rules), Some(Timestamp::MAX));
    assert_eq!(state.next(moment(0), rules), Next::Wait(Timestamp::MAX));
}
