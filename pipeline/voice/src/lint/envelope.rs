//! Rules about the flow as a whole: size, names, reachability.

use std::collections::BTreeSet;

use super::Findings;
use crate::flow::Flow;

/// Blocks of one flow.
const MOST_BLOCKS: usize = 250;
/// Characters of a block's name.
const LONGEST_NAME: usize = 50;
/// Conditions of one block.
const MOST_CONDITIONS: usize = 50;
const FORBIDDEN: &[char] = &['%', ':', '(', '\\', '/', ')', '=', '$', ',', ';', '[', ']', '{', '}'];
/// Names that Connect's own engine trips over.
const RESERVED: &[&str] = &[
    "constructor",
    "toString",
    "valueOf",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "__proto__",
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
];

pub(super) fn check(flow: &Flow, findings: &mut Findings) {
    let count = flow.blocks().len();
    if count > MOST_BLOCKS {
        findings.flow("flow-size", format!("{count} blocks, Connect takes {MOST_BLOCKS}: move some into a module"));
    }
    let reached = reached(flow);
    for block in flow.blocks() {
        let name = block.name.as_str();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            findings.error(block, "block-name", format!("a name has 1 to {LONGEST_NAME} characters"));
        }
        if let Some(bad) = name.chars().find(|character| FORBIDDEN.contains(character)) {
            findings.error(block, "block-name", format!("a name may not have {bad:?}"));
        }
        if RESERVED.contains(&name) {
            findings.error(block, "block-name", "Connect keeps this name for itself");
        }
        if block.next.conditions.len() > MOST_CONDITIONS {
            findings.error(block, "condition-count", format!("more than {MOST_CONDITIONS} conditions"));
        }
        if !reached.contains(name) {
            findings.warn(block, "unreachable", "nothing leads here");
        }
    }
}

fn reached(flow: &Flow) -> BTreeSet<&str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![flow.start()];
    while let Some(name) = open.pop() {
        if reached.insert(name)
            && let Some(block) = flow.block(name)
        {
            open.extend(block.next.targets());
        }
    }
    reached
}
