//! Languages that no source names, and contacts that follow each other.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic in a test is a failure with a place")]

mod support;

use aftercall_core::journeys::{Link, journeys};
use aftercall_core::language::detect;
use proptest::prelude::*;
use serde_json::json;
use support::{conversation, delivery};

#[track_caller]
fn check_language(text: &str, expected: Option<&str>) {
    let found = detect(text);
    assert_eq!(found.as_ref().map(|found| found.tag.as_str()), expected, "{found:?}");
    assert!(found.is_none_or(|found| (0.5..1.0).contains(&found.confidence)));
}

#[test]
fn languages_of_texts() {
    check_language("Hello, I would like to know where my parcel is.", Some("en"));
    check_language("Hola, quiero saber dónde está mi paquete, por favor.", Some("es"));
    check_language("Guten Tag, ich habe eine Frage zu der Rechnung, die ich bekommen habe.", Some("de"));
    check_language("Bonjour, je vous appelle pour une question sur ma facture.", Some("fr"));
    check_language("Buongiorno, ho una domanda sulla mia fattura, come posso fare?", Some("it"));
    check_language("Bom dia, eu tenho uma dúvida com a minha conta, você pode ajudar?", Some("pt"));
    check_language("Goedemorgen, ik heb een vraag over de rekening van mijn moeder.", Some("nl"));
    check_language("こんにちは、請求書について質問があります。", Some("ja"));
    check_language("Здравствуйте, у меня вопрос по поводу моего счёта за прошлый месяц.", Some("ru"));
    check_language("Yes.", None);
    check_language("", None);
    check_language("4111 1111 1111 1111", None);
}

#[test]
fn a_contact_in_two_languages() {
    let contact = |language: Option<&str>| {
        json!({"contact_id": "c", "language": language, "turns": [
            {"role": "agent", "text": "Thank you for calling, how can I help you with your account today?"},
            {"role": "customer", "text": "Hola, quiero saber dónde está mi paquete, por favor, no lo tengo."},
            {"role": "agent", "text": "One moment please, I will get somebody for you who can speak with you."},
            {"role": "customer", "text": "Sí."}]})
        .to_string()
    };
    let read = conversation(&[delivery(contact(None))]);
    let tags: Vec<_> = read.turns.iter().map(|turn| turn.language.as_deref().unwrap_or("?")).collect();
    assert_eq!(tags, ["en", "es", "en", "es"]);
    assert_eq!(read.language.as_deref(), Some("en"));
    assert!(read.language_confidence.unwrap() > 0.7);
    let stated = conversation(&[delivery(contact(Some("en_US")))]);
    assert_eq!((stated.language.as_deref(), stated.language_confidence), (Some("en-US"), None));
    assert!(stated.turns.iter().all(|turn| turn.language.is_none()), "nobody asked");
    let again = delivery(serde_json::to_vec(&read).unwrap());
    assert_eq!(conversation(&[again]), read);
}

fn link(id: &str, initial: &str, previous: &str, next: &str, began: &str) -> Link {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Link {
        contact_id: id.to_owned(),
        initial: some(initial),
        previous: some(previous),
        next: some(next),
        began: some(began).map(|time| time.parse().unwrap()),
    }
}

#[track_caller]
fn check_journeys(links: &[Link], expected: &[(&str, &[&str])]) {
    let found = journeys(links);
    let found: Vec<_> = found
        .iter()
        .map(|journey| (journey.journey_id.as_str(), journey.contacts.iter().map(String::as_str).collect::<Vec<_>>()))
        .collect();
    let expected: Vec<_> = expected.iter().map(|(id, contacts)| (*id, contacts.to_vec())).collect();
    assert_eq!(found, expected);
}

#[test]
fn transfers_are_one_journey() {
    let (a, b, c) = (link("a", "", "", "b", ""), link("b", "a", "a", "", ""), link("c", "a", "b", "", ""));
    check_journeys(&[c.clone(), a.clone(), b], &[("a", &["a", "b", "c"])]);
    check_journeys(&[c, a], &[("a", &["a", "c"])]);
    check_journeys(&[link("x", "", "", "", ""), link("y", "", "", "", "")], &[("x", &["x"]), ("y", &["y"])]);
}

#[test]
fn conferences_go_by_time() {
    let (early, late) = ("2026-01-02T03:04:00Z", "2026-01-02T03:09:00Z");
    check_journeys(
        &[link("a", "", "", "", ""), link("b", "a", "a", "", late), link("c", "a", "a", "", early)],
        &[("a", &["a", "c", "b"])],
    );
    check_journeys(&[link("a", "", "b", "", ""), link("b", "", "a", "", "")], &[("a", &["a", "b"])]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_contact_is_in_one_journey(edges in proptest::collection::vec((0_u8..12, 0_u8..14, 0_u8..14, 0_u8..14), 0..30)) {
        let name = |id: u8| if id < 12 { id.to_string() } else { String::new() };
        let links: Vec<Link> = edges.iter().map(|(id, a, b, c)| link(&name(*id), &name(*a), &name(*b), &name(*c), "")).collect();
        let mut contacts: Vec<String> = journeys(&links).into_iter().flat_map(|journey| journey.contacts).collect();
        contacts.sort();
        let mut expected: Vec<String> = links.iter().map(|link| link.contact_id.clone()).collect();
        expected.sort();
        expected.dedup();
        prop_assert_eq!(contacts, expected);
    }
}
