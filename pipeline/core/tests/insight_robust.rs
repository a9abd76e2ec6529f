//! Bad input: no text function panics, whatever the text, and what cannot be known is null.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic in a test is a failed test"
)]

mod common;

use aftercall_core::entities::{EntityMap, find};
use aftercall_core::redact::{RedactedConversation, RedactionSettings, redact};
use aftercall_core::sentiment::{self, Formula, SentimentSettings};
use aftercall_core::summary::answer;
use aftercall_core::summary::prompts::{Prompt, PromptKind, request};
use aftercall_core::text::{fold, numbers, sentences, tokens};
use aftercall_core::{categories, first_response, grounding, measures, summary};
use aftercall_schemas::results::{Sentiment, Statement};
use aftercall_schemas::{Conversation, ParticipantRole};
use proptest::prelude::*;

fn analyse(redacted: &RedactedConversation) -> Sentiment {
    let sentiment = sentiment::score(redacted, &SentimentSettings::default());
    let rules = categories::parse(include_str!("data/rules.toml")).expect("rules");
    let map = EntityMap::from_csv("Text,Type\nrouter,DEVICE\nルーター,DEVICE\n").expect("a map");
    let turns = redacted.conversation().turns.len();
    assert_eq!(sentiment.turns.len(), turns);
    measures::measure(redacted);
    first_response::first_response(redacted);
    categories::apply(redacted, &sentiment, &rules);
    for entity in find(redacted, &map).found {
        let content = &redacted.conversation().turns[entity.turn as usize].content;
        let text: String = content
            .chars()
            .skip(entity.begin_char as usize)
            .take((entity.end_char - entity.begin_char) as usize)
            .collect();
        assert_eq!(text, entity.text);
    }
    let agent = summary::agent_summary(redacted);
    let customer = summary::customer_summary(redacted);
    let statements: Vec<&Statement> = agent
        .reason
        .iter()
        .chain(&agent.agent_actions)
        .chain(&agent.notes)
        .chain(&agent.outcome)
        .chain(&customer.reason)
        .chain(&customer.what_happened)
        .chain(&customer.bot_failures)
        .collect();
    for statement in statements {
        assert!(
            !statement.turns.is_empty() && statement.turns.iter().all(|turn| (*turn as usize) < turns),
            "{statement:?}"
        );
    }
    for scores in sentiment.by_role.values() {
        let all = scores
            .overall
            .iter()
            .chain(&scores.end)
            .copied()
            .chain(scores.quarters.iter().filter_map(|quarter| quarter.score));
        assert!(all.into_iter().all(|score| (-5.0..=5.0).contains(&score)));
    }
    sentiment
}

fn all(conversation: Conversation) -> Sentiment {
    let names = ["Dana Whitfield".to_owned(), "田中".to_owned()];
    let once = redact(conversation, &names, &RedactionSettings::default());
    let twice = redact(once.conversation().clone(), &names, &RedactionSettings::default());
    assert_eq!(once, twice, "redacting twice changes something");
    for turn in &once.conversation().turns {
        let length = turn.content.chars().count();
        assert!(
            turn.redactions
                .iter()
                .all(|redaction| redaction.begin_char < redaction.end_char && redaction.end_char as usize <= length)
        );
    }
    analyse(&once)
}

#[test]
fn odd_texts() {
    let long = "I was charged twice and nobody answers the phone ".repeat(2_000);
    let digits = "4 1 1 1 ".repeat(5_000);
    let brackets = "[[[[{{{{****".repeat(3_000);
    // Very many runs of digits and addresses in one turn.
    let accounts = "GB29 NWBK 6016 1331 9268 19 ".repeat(2_000);
    let addresses = "a at b dot com ".repeat(2_000);
    for text in [
        "",
        " ",
        "ok",
        "😀",
        "👍👍👍",
        "?!?!",
        "NO NO NO THIS IS NOT WORKING",
        "<b>hello</b> <script>alert(1)</script> &amp; <a href='x'>link</a>",
        "שלום, הכרטיס שלי לא עובד",
        "مرحبا، بطاقتي لا تعمل",
        "hola I need help con mi factura por favor",
        "\u{0}\u{1}\u{7f}",
        "a\u{301}\u{301}\u{301}",
        "\u{202e}drow",
        "カード番号は４０１２８８８８８８８８１８８１です",
        // A known name whose mask makes the word beside it another name's, or a street's.
        "Dana Avenue by Friday",
        "田中 Maple",
        "so um i was like you know calling because the uh the thing it does not it does not work anymore and",
        &long,
        &digits,
        &brackets,
        &accounts,
        &addresses,
    ] {
        all(common::conversation("CHAT", &[("CUSTOMER", text), ("AGENT", text), ("BOT", text), ("CUSTOMER", text)]));
    }
}

#[test]
fn more_hits_of_one_kind_than_a_small_counter_holds() {
    sentiment::score(
        &redact(
            common::conversation("CHAT", &[("CUSTOMER", &"いい。".repeat(70_000))]),
            &[],
            &RedactionSettings::default(),
        ),
        &SentimentSettings::default(),
    );
}

#[test]
fn how_it_ended_is_not_told_in_a_language_that_is_not_read() {
    let check = |language: &str, turns: &[(&str, &str)], expected: Option<&str>| {
        let mut conversation = common::conversation("CHAT", turns);
        conversation.language = Some(language.to_owned());
        let redacted = redact(conversation, &[], &RedactionSettings::default());
        let (customer, agent) = (summary::customer_summary(&redacted), summary::agent_summary(&redacted));
        for (resolution, reason) in
            [(customer.resolution, customer.unknown_reason), (agent.resolution, agent.unknown_reason)]
        {
            assert_eq!(reason.as_deref(), expected, "{turns:?}");
            assert_eq!(resolution.is_none(), expected.is_some(), "{turns:?}");
        }
    };
    let german = [
        ("CUSTOMER", "Guten Tag, mein Internet funktioniert seit gestern nicht mehr und niemand hilft mir weiter"),
        ("AGENT", "Ich schicke Ihnen morgen einen Techniker, der sich das ansieht"),
        ("CUSTOMER", "Vielen Dank, das hilft mir sehr"),
    ];
    check("de", &german, Some("how it ended is not read in the language de"));
    let english = [
        ("CUSTOMER", "hello, my internet has not been working since yesterday"),
        ("AGENT", "I have reset your line, it is working now"),
        ("CUSTOMER", "great, it works now, thank you so much"),
    ];
    check("en-US", &english, None);
}

#[test]
fn unknown_is_null_with_a_reason() {
    let check = |language: Option<&str>, text: &str, expected: Option<&str>| {
        let mut conversation = common::conversation("CHAT", &[("CUSTOMER", text)]);
        conversation.language = language.map(str::to_owned);
        let found =
            sentiment::score(&redact(conversation, &[], &RedactionSettings::default()), &SentimentSettings::default());
        assert_eq!(found.unknown_reason.as_deref(), expected, "{text}");
        assert_eq!(found.by_role.is_empty(), expected.is_some());
    };
    check(Some("de-DE"), "Das funktioniert nicht", Some("no sentiment model for language de-DE"));
    check(
        None,
        "Mein Internet funktioniert seit gestern nicht mehr und niemand hilft mir weiter",
        Some("no sentiment model for language deu"),
    );
    check(None, "asdf qwer", Some("the language is not stated and the words do not tell it"));
    check(Some("en-US"), "?! …", Some("no turn of a customer or agent has a sentiment"));
    check(Some("en-US"), "😀😀", None);
    check(None, "I lost my card and I need help", None);
    check(Some("ja-JP"), "インターネットがつながりません", None);
    check(Some("es-MX"), "no me funciona el internet", None);
}

#[test]
fn formulas_with_hostile_times() {
    let mut conversation = common::conversation(
        "VOICE",
        &[("CUSTOMER", "it is broken"), ("AGENT", "I am sorry"), ("CUSTOMER", "thank you so much, great")],
    );
    for (turn, (begin, end)) in
        conversation.turns.iter_mut().zip([(i64::MIN, i64::MAX), (-5, -10), (i64::MAX, i64::MIN)])
    {
        turn.begin_offset_millis = Some(begin);
        turn.end_offset_millis = Some(end);
    }
    for formula in Formula::ALL {
        let redacted = redact(conversation.clone(), &[], &RedactionSettings::default());
        sentiment::score(&redacted, &SentimentSettings { formula: *formula, offline_model: true });
        measures::measure(&redacted);
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "four",
        "oh",
        "double",
        "twenty",
        "one",
        "card",
        "number",
        "my name is",
        "this is",
        "Dana",
        "4012 8888 8888 1881",
        "@",
        "at",
        "dot",
        "com",
        "example",
        "[NAME]",
        "***",
        "{PII}",
        "12/27",
        "expires",
        "May",
        "the",
        "third of",
        "address",
        "482",
        "Maple",
        "Avenue",
        "calle",
        "Mayor",
        "14",
        "SE15",
        "4QN",
        "田中",
        "です",
        "と申します",
        "東京都",
        "様",
        "カード番号",
        "password is",
        "PIN",
        "not",
        "never",
        "I'll",
        "send",
        "by Friday",
        ",",
        ".",
        "?",
        "-",
        "/",
        "$",
        "😀",
        "ü",
        "\n",
        "iban",
        "GB29NWBK60161331926819",
        "dni",
        "12345678Z",
        "mrs",
        "speaking",
        "here",
        "hello",
        "thank you",
        "bye",
        "transfer you",
        "'s",
    ]);
    prop::collection::vec(prop_oneof![4 => words.prop_map(str::to_owned), 1 => any::<String>()], 0..24)
        .prop_map(|words| words.join(" "))
}

fn role() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["CUSTOMER", "AGENT", "BOT", "SYSTEM", "THIRD_PARTY", "UNKNOWN"])
}

proptest! {
    #[test]
    fn any_conversation(turns in prop::collection::vec((role(), pieces()), 0..10), voice in any::<bool>(), language in prop::sample::select(vec![None, Some("en-US"), Some("es-ES"), Some("ja-JP"), Some("xx")])) {
        let turns: Vec<(&str, &str)> = turns.iter().map(|(role, text)| (*role, text.as_str())).collect();
        let mut conversation = common::conversation(if voice { "VOICE" } else { "CHAT" }, &turns);
        conversation.language = language.map(str::to_owned);
        all(conversation);
    }

    #[test]
    fn any_text(text in any::<String>(), other in pieces()) {
        for text in [text.as_str(), other.as_str()] {
            let folded = fold(text);
            // ASCII has a way of its own, which has to agree with the general one.
            let with_more: Vec<String> = tokens(&format!("{text} ü")).iter().map(|token| token.text.to_owned()).collect();
            let alone: Vec<String> = tokens(text).iter().map(|token| token.text.to_owned()).chain(["ü".to_owned()]).collect();
            prop_assert_eq!(with_more, alone);
            for token in tokens(text) { prop_assert_eq!(&text[token.start..token.end], token.text); }
            for sentence in sentences(text) { prop_assert!(text[sentence.start..].starts_with(sentence.text)); }
            for at in 0..=folded.text().len() { prop_assert!(text.is_char_boundary(folded.origin(at))); }
            numbers::quantities(folded.text());
        }
        let conversation = common::redacted("CHAT", &[("CUSTOMER", &text), ("AGENT", &other)]);
        let turns: Vec<_> = conversation.conversation().turns.iter().collect();
        grounding::check(&text, None, &turns);
        grounding::check(&other, Some(ParticipantRole::Customer), &turns);
        drop((answer::agent(&text, &conversation), answer::customer(&other, &conversation)));
        drop((categories::parse(&text), EntityMap::from_csv(&text), Prompt::parse(PromptKind::Agent, &text)));
        let sent = request(&Prompt::shipped(PromptKind::Agent), &conversation);
        prop_assert_eq!(sent.user.lines().count(), 4);
    }
}
