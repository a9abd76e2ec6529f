//! Decides which window comes next and what it holds. Only this file knows how windows follow each other, how long they
//! stay open, and how late entries are found.

use std::time::Duration;

use aftercall_core::error::Result;
use aftercall_schemas::quarantine::QuarantineEntry;
use aftercall_stages::ports::{Published, PublishedIndex, Quarantine};
use jiff::Timestamp;

use crate::dump::{DumpPorts, DumpSettings, PAGE, read_object};
use crate::manifest::{Entry, Manifest, Waiting, Window};
use crate::plan::{self, Content, Head, Plan, digest_of, digest_of_quarantined};
use crate::revision::is_readable;

/// The window after `last`, if there is anything to write.
pub(crate) async fn next(
    ports: DumpPorts<'_>,
    settings: &DumpSettings,
    last: Option<u32>,
    now: Timestamp,
) -> Result<Option<Plan>> {
    let until = before(now, settings.lag);
    let (number, from, mut head) = match last {
        Some(number) => {
            let last = plan::get(ports.objects, number).await?.head.window;
            let missed = missed(ports, settings, last, until).await?;
            (number.saturating_add(1), last.to, missed)
        }
        None => (1, Timestamp::MIN, Missed::default()),
    };
    let (from, to) = bounds(ports, settings, from, until).await?;
    let (mut digests, to) = first_published(ports.index, from, to, settings.max_revisions).await?;
    digests.extend(head.late.iter().map(|entry| digest_of(&entry.published())));
    digests.extend(head.quarantined.iter().map(digest_of_quarantined));
    each_quarantined(ports.quarantine, from, to, |entry| digests.push(digest_of_quarantined(entry))).await?;
    let content = Content::of(digests);
    if content.is_empty() {
        return Ok(None);
    }
    head.late.sort_by(|a, b| (a.published_at, &a.contact, a.revision).cmp(&(b.published_at, &b.contact, b.revision)));
    let head = Head {
        window: Window { number, from, to },
        late: head.late,
        late_quarantined: head.quarantined,
        waiting: head.waiting,
    };
    Ok(Some(Plan { head, content }))
}

/// From where the last window ended to where this one ends: at `until`, or when it has held enough time. A clock that
/// jumped back gives a window without time, which holds late entries only. The first window begins with the first entry.
async fn bounds(
    ports: DumpPorts<'_>,
    settings: &DumpSettings,
    from: Timestamp,
    until: Timestamp,
) -> Result<(Timestamp, Timestamp)> {
    let stay = if from == Timestamp::MIN { until } else { from };
    if until <= from {
        return Ok((stay, stay));
    }
    let published = ports.index.published(from, until, None, 1).await?.first().map(|first| first.published_at);
    let quarantined = ports.quarantine.between(from, until, None, 1).await?.first().map(|first| first.quarantined_at);
    let Some(first) = published.into_iter().chain(quarantined).min() else { return Ok((stay, stay)) };
    let from = if from == Timestamp::MIN { first } else { from };
    let full = first.checked_add(settings.longest_window).unwrap_or(Timestamp::MAX);
    Ok((from, until.min(full)))
}

/// The digests of what was published from one moment to another, or to the moment of the first revision that is one too many;
/// and until when they are all.
async fn first_published(
    index: &dyn PublishedIndex,
    from: Timestamp,
    to: Timestamp,
    most: usize,
) -> Result<(Vec<[u8; 16]>, Timestamp)> {
    let mut digests = Vec::new();
    let mut after: Option<Published> = None;
    loop {
        let page = index.published(from, to, after.as_ref(), PAGE).await?;
        if page.is_empty() {
            return Ok((digests, to));
        }
        for published in page {
            let at = published.published_at;
            if digests.len() >= most && after.as_ref().is_some_and(|last| last.published_at < at) {
                return Ok((digests, at));
            }
            digests.push(digest_of(&published));
            after = Some(published);
        }
    }
}

/// What earlier windows missed.
#[derive(Default)]
struct Missed {
    late: Vec<Entry>,
    quarantined: Vec<QuarantineEntry>,
    waiting: Vec<Waiting>,
}

async fn missed(ports: DumpPorts<'_>, settings: &DumpSettings, last: Window, until: Timestamp) -> Result<Missed> {
    let mut missed = Missed::default();
    let begin = before(until.min(last.to), settings.look_back);
    let mut known = Vec::new();
    for number in (1..=last.number).rev() {
        let plan = plan::get(ports.objects, number).await?;
        if plan.head.window.to <= begin {
            break;
        }
        known.push(plan.content);
    }
    let is_known = |digest: &[u8; 16]| known.iter().any(|content: &Content| content.has(digest));
    each_published(ports.index, begin, last.to, |published| {
        if !is_known(&digest_of(published)) {
            missed.late.push(Entry::from(published));
        }
    })
    .await?;
    each_quarantined(ports.quarantine, begin, last.to, |entry| {
        if !is_known(&digest_of_quarantined(entry)) {
            missed.quarantined.push(entry.clone());
        }
    })
    .await?;
    let manifest: Option<Manifest> = read_object(ports.objects, &last.manifest_key()).await?;
    for waiting in manifest.into_iter().flat_map(|manifest| manifest.waiting) {
        if is_readable(ports.objects, &waiting.entry.published()).await? {
            missed.late.push(waiting.entry);
        } else {
            missed.waiting.push(waiting);
        }
    }
    Ok(missed)
}

fn before(moment: Timestamp, by: Duration) -> Timestamp {
    moment.checked_sub(by).unwrap_or(Timestamp::MIN)
}

async fn each_published(
    index: &dyn PublishedIndex,
    from: Timestamp,
    to: Timestamp,
    mut seen: impl FnMut(&Published) + Send,
) -> Result<()> {
    let mut after: Option<Published> = None;
    loop {
        let page = index.published(from, to, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        page.iter().for_each(&mut seen);
        after = Some(last.clone());
    }
}

async fn each_quarantined(
    quarantine: &dyn Quarantine,
    from: Timestamp,
    to: Timestamp,
    mut seen: impl FnMut(&QuarantineEntry) + Send,
) -> Result<()> {
    let mut after: Option<QuarantineEntry> = None;
    loop {
        let page = quarantine.between(from, to, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        page.iter().for_each(&mut seen);
        after = Some(last.clone());
    }
}
