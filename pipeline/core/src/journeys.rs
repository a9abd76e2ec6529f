//! Journeys: contacts that follow each other by transfer or conference belong to one customer's matter.
//!
//! Amazon Connect gives every leg a contact id of its own and chains them by `previous_contact_id` and
//! `next_contact_id`; all share `initial_contact_id`, which is null on the first contact itself. Any of the three links
//! may be missing while records are late, so all are followed.

use std::collections::{BTreeMap, BTreeSet};

use aftercall_schemas::conversation::ContactFacts;
use jiff::Timestamp;

/// What a journey is made from: the links of one contact of one instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// The contact.
    pub contact_id: String,
    /// First contact of its journey.
    pub initial: Option<String>,
    /// Contact it was transferred from.
    pub previous: Option<String>,
    /// Contact it was transferred to.
    pub next: Option<String>,
    /// When it began.
    pub began: Option<Timestamp>,
}

impl Link {
    /// The links of a contact by its facts.
    pub fn of(contact_id: &str, facts: &ContactFacts) -> Self {
        Self {
            contact_id: contact_id.to_owned(),
            initial: facts.initial_contact_id.clone(),
            previous: facts.previous_contact_id.clone(),
            next: facts.next_contact_id.clone(),
            began: facts.initiation_timestamp,
        }
    }
}

/// Contacts of one matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journey {
    /// The first contact, which names the journey.
    pub journey_id: String,
    /// Its known contacts, first to last: by their links, then by the time they began.
    pub contacts: Vec<String>,
}

/// The journeys of contacts of one instance, sorted by id. A contact without links is a journey of one. Contacts that
/// are only named by others do not appear, but join those that name them.
pub fn journeys(links: &[Link]) -> Vec<Journey> {
    let mut groups = Groups::default();
    for link in links {
        groups.find(&link.contact_id);
        for other in [&link.initial, &link.previous, &link.next].into_iter().flatten() {
            groups.join(&link.contact_id, other);
        }
    }
    let mut members: BTreeMap<usize, Vec<&Link>> = BTreeMap::new();
    let unique: BTreeMap<&str, &Link> = links.iter().map(|link| (link.contact_id.as_str(), link)).collect();
    for link in unique.into_values() {
        members.entry(groups.find(&link.contact_id)).or_default().push(link);
    }
    let mut journeys: Vec<Journey> = members.into_values().map(|members| journey(&members)).collect();
    journeys.sort_by(|a, b| a.journey_id.cmp(&b.journey_id));
    journeys
}

fn journey(members: &[&Link]) -> Journey {
    let by_id: BTreeMap<&str, &Link> = members.iter().map(|link| (link.contact_id.as_str(), *link)).collect();
    let mut after: BTreeMap<&str, BTreeSet<(Option<Timestamp>, &str)>> = BTreeMap::new();
    let mut has_before: BTreeSet<&str> = BTreeSet::new();
    for link in members {
        let next = link.next.as_deref().and_then(|next| by_id.get(next));
        let pairs = link.previous.as_deref().map(|previous| (previous, *link)).into_iter();
        for (from, to) in pairs.chain(next.map(|next| (link.contact_id.as_str(), *next))) {
            if by_id.contains_key(from) {
                after.entry(from).or_default().insert((to.began, &to.contact_id));
                has_before.insert(&to.contact_id);
            }
        }
    }
    let mut starts: Vec<&&Link> =
        members.iter().filter(|link| !has_before.contains(link.contact_id.as_str())).collect();
    // The first contact of all has no initial contact.
    starts.sort_by_key(|link| (link.initial.is_some(), link.began.is_none(), link.began, &link.contact_id));
    let mut contacts: Vec<String> = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    // Links that form a circle have no start; what is left is taken as it is sorted.
    let all = members.iter().map(|link| link.contact_id.as_str());
    for start in starts.into_iter().map(|link| link.contact_id.as_str()).chain(all) {
        let mut open = vec![start];
        while let Some(contact) = open.pop() {
            if !by_id.contains_key(contact) || !seen.insert(contact) {
                continue;
            }
            contacts.push(contact.to_owned());
            let followers = after.get(contact).into_iter().flatten();
            open.extend(followers.rev().map(|(_, follower)| *follower));
        }
    }
    let named = members.iter().filter_map(|link| link.initial.as_ref()).min();
    let journey_id = named.or(contacts.first()).cloned().unwrap_or_default();
    Journey { journey_id, contacts }
}

/// Sets of contacts that are joined, with path halving: near linear.
#[derive(Default)]
struct Groups {
    index: BTreeMap<String, usize>,
    parent: Vec<usize>,
}

impl Groups {
    fn find(&mut self, contact: &str) -> usize {
        let new = self.parent.len();
        let mut at = match self.index.get(contact) {
            Some(known) => *known,
            None => {
                self.index.insert(contact.to_owned(), new);
                self.parent.push(new);
                return new;
            }
        };
        loop {
            let parent = self.parent.get(at).copied().unwrap_or(at);
            if parent == at {
                return at;
            }
            let grand = self.parent.get(parent).copied().unwrap_or(parent);
            if let Some(place) = self.parent.get_mut(at) {
                *place = grand;
            }
            at = grand;
        }
    }

    fn join(&mut self, a: &str, b: &str) {
        let (a, b) = (self.find(a), self.find(b));
        if let Some(place) = self.parent.get_mut(a) {
            *place = b;
        }
    }
}
