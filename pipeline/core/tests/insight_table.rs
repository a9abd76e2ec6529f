//! The one table of goals: every goal has its row, whatever was given.

mod common;

use aftercall_core::evaluate::goals::{Figure, Goals, Measured, measure, sets};
use aftercall_core::evaluate::{Report, evaluate};

#[test]
fn a_goal_whose_set_was_not_given_is_a_row_that_says_so() {
    let goals = Goals::of(Report::default(), Vec::new());
    assert!(goals.rows.iter().all(|row| row.met.is_none() && row.measured.is_none()));
    let text = goals.to_string();
    assert!(sets().iter().all(|set| text.contains(&format!("| {set}: not given |"))), "{text}");
    assert!(text.contains("not measured") && !text.contains("Not met"), "{text}");
}

#[test]
fn a_goal_is_met_or_said_not_to_be() {
    let report = evaluate("contacts", &common::set("contacts"));
    let slow = Measured::new(measure::CATEGORIES, Figure::EachSecond(9_999.4), "a store", 17);
    let goals = Goals::of(report, vec![slow]);
    let met = |goal: &str| goals.rows.iter().find(|row| row.goal.starts_with(goal) && row.measured.is_some());
    assert_eq!(met("resolution, accuracy").and_then(|row| row.met), Some(true));
    assert_eq!(met("categories").and_then(|row| row.met), Some(false));
    let text = goals.to_string();
    assert!(
        text.contains("Not met: categories over stored contacts, contacts a second ≥ 10000 (a store: 9999)."),
        "{text}"
    );
}
