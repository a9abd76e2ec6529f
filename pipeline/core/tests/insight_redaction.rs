//! Redaction: what is masked, what is not, and what happens to everything that refers to the text.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic in a test is a failed test"
)]

mod common;

use aftercall_core::redact::{Kind, RedactedConversation, RedactionSettings, redact};
use aftercall_schemas::conversation::{ContactFacts, Mark, MarkKind, ServiceAnalysis};

/// Masks turns and compares; `>` begins a customer's turn, anything else an agent's.
fn check(turns: &[&str], expected: &[&str]) {
    check_named(turns, &[], expected);
}

fn check_named(turns: &[&str], names: &[&str], expected: &[&str]) {
    let turns: Vec<(&str, &str)> =
        turns.iter().map(|turn| turn.strip_prefix('>').map_or(("AGENT", *turn), |text| ("CUSTOMER", text))).collect();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let once = redact(common::conversation("CHAT", &turns), &names, &RedactionSettings::default());
    let found: Vec<&str> = once.conversation().turns.iter().map(|turn| turn.content.as_str()).collect();
    assert_eq!(found, expected);
    let twice = redact(once.conversation().clone(), &names, &RedactionSettings::default());
    assert_eq!(once, twice, "redacting twice changes something");
}

#[test]
fn what_a_transcript_says_beside_the_words_is_no_name() {
    for beside in ["[keys]", "[inaudible]", "[laughter]", "[music]", "[crosstalk]"] {
        let said = format!(">{beside}");
        check(
            &["I don't know that. Could you ask it in another way?", &said],
            &["I don't know that. Could you ask it in another way?", beside],
        );
        let within = format!(">my name is {beside} and I want a refund");
        check(&["how can I help?", &within], &["how can I help?", within.trim_start_matches('>')]);
    }
}

#[test]
fn a_longer_phrase_that_does_not_stand_alone_hides_no_shorter_one() {
    check(&[">my ssn issued in texas 219 09 9999"], &["my ssn issued in texas [NATIONAL_ID]"]);
    check(&[">the card nobody took 4012 8888 8888 1882"], &["the card nobody took [CREDIT_DEBIT_NUMBER]"]);
    check(&[">my account not found 55779911"], &["my account not found [BANK_ACCOUNT_NUMBER]"]);
}

#[test]
fn cards() {
    check(&[">it's 4012 8888 8888 1881 thanks"], &["it's [CREDIT_DEBIT_NUMBER] thanks"]);
    check(
        &[
            "card number?",
            ">four oh one two",
            "yes",
            ">eight eight eight eight",
            "go on",
            ">double eight double eight",
            "mhm",
            ">one eight eight one",
        ],
        &[
            "card number?",
            "[CREDIT_DEBIT_NUMBER]",
            "yes",
            "[CREDIT_DEBIT_NUMBER]",
            "go on",
            "[CREDIT_DEBIT_NUMBER]",
            "mhm",
            "[CREDIT_DEBIT_NUMBER]",
        ],
    );
    check(
        &["And the expiry date?", ">oh nine twenty seven", "and the code on the back", ">three one eight"],
        &["And the expiry date?", "[CREDIT_DEBIT_EXPIRY]", "and the code on the back", "[CREDIT_DEBIT_CVV]"],
    );
    check(
        &["What is your order number?", ">4012 8888 8888 1881"],
        &["What is your order number?", "4012 8888 8888 1881"],
    );
}

#[test]
fn accounts_and_ids() {
    check(
        &[">my IBAN is GB29 NWBK 6016 1331 9268 19, please"],
        &["my IBAN is [INTERNATIONAL_BANK_ACCOUNT_NUMBER], please"],
    );
    check(
        &["sort code and account number?", ">20-00-00 and 55779911"],
        &["sort code and account number?", "[BANK_ROUTING] and [BANK_ACCOUNT_NUMBER]"],
    );
    check(&["last four of your social?", ">four four one seven"], &["last four of your social?", "[NATIONAL_ID]"]);
    check(&[">my NI number is QQ 12 34 56 C"], &["my NI number is [NATIONAL_ID]"]);
    check(&[">my NI number is AB 12 34 56 C"], &["my NI number is [NATIONAL_ID]"]);
    check(&[">mi dni es 12345678Z"], &["mi dni es [NATIONAL_ID]"]);
}

#[test]
fn contact_data() {
    check(&[">call me on 415-555-0132 or mail dana.w@example.com"], &["call me on [PHONE] or mail [EMAIL]"]);
    check(&["email?", ">dana dot w at example dot com"], &["email?", "[EMAIL]"]);
    check(&[">I live at 482 Maple Avenue, Springfield, IL 62704"], &["I live at [ADDRESS]"]);
    check(&["date of birth?", ">the third of May nineteen seventy four"], &["date of birth?", "[DATE_OF_BIRTH]"]);
    check(&[">I was at the store at noon on the third of May"], &["I was at the store at noon on the third of May"]);
}

#[test]
fn names() {
    check(
        &["My name is Latoya.", ">hi Latoya, this is Tasha Greene"],
        &["My name is [NAME].", "hi [NAME], this is [NAME]"],
    );
    check(&["your name please", ">beth ann crowley"], &["your name please", "[NAME]"]);
    check(&[">my name is spelled wrong", "This is urgent."], &["my name is spelled wrong", "This is urgent."]);
    check_named(
        &["Grace, you have a grace period.", ">ok"],
        &["Grace Kim"],
        &["[NAME], you have a grace period.", "ok"],
    );
    check(&["お名前をお願いいたします。", ">田中太郎です"], &["お名前をお願いいたします。", "[NAME]です"]);
}

#[test]
fn secrets() {
    check(&["What is your PIN?", ">nine oh four four"], &["What is your PIN?", "[PIN]"]);
    check(&["memorable word?", ">it's porridge"], &["memorable word?", "it's [PASSWORD]"]);
    check(&[">my password is not working"], &["my password is not working"]);
}

#[test]
fn what_is_no_secret() {
    for text in [
        ">it went from 41.11 to 411.11 in a month",
        ">flight four thirty seven at 6:40 a.m.",
        ">I have been a customer since 1987",
        ">my credit score dropped from 742 to 688",
        ">the tracking number is 1Z 999 AA1 01 2345 6784",
    ] {
        check(&[text], &[text.trim_start_matches('>')]);
    }
}

#[test]
fn masks_of_a_service_stay() {
    for text in [
        "I'm [PII] calling",
        "card **** **** **** 4242",
        "hello {NAME}",
        "it is [NAME] and [ADDRESS]",
        "################",
    ] {
        check(&[text], &[text]);
    }
    let once = common::redacted("CHAT", &[("CUSTOMER", "I'm [PII] ok")]);
    let redaction = &once.conversation().turns[0].redactions[0];
    assert_eq!((redaction.kind.as_str(), redaction.begin_char, redaction.end_char), ("PII", 4, 9));
}

#[test]
fn marks_move_with_the_text() {
    let mut conversation = common::conversation("CHAT", &[("CUSTOMER", "ü 4012888888881881 was charged twice")]);
    conversation.turns[0].marks = vec![
        Mark { kind: MarkKind::Issue, begin_char: 19, end_char: 36 },
        Mark { kind: MarkKind::Outcome, begin_char: 4, end_char: 6 },
        Mark { kind: MarkKind::ActionItem, begin_char: 0, end_char: 1 },
    ];
    let once = redact(conversation, &[], &RedactionSettings::default());
    let turn = &once.conversation().turns[0];
    assert_eq!(turn.content, "ü [CREDIT_DEBIT_NUMBER] was charged twice");
    let text = |mark: &Mark| {
        turn.content
            .chars()
            .skip(mark.begin_char as usize)
            .take((mark.end_char - mark.begin_char) as usize)
            .collect::<String>()
    };
    assert_eq!(turn.marks.iter().map(text).collect::<Vec<_>>(), ["was charged twice", "[CREDIT_DEBIT_NUMBER]", "ü"]);
    assert_eq!((turn.redactions[0].begin_char, turn.redactions[0].end_char), (2, 23));
}

#[test]
fn attributes_and_the_services_summary_are_masked() {
    let mut conversation = common::conversation("CHAT", &[("CUSTOMER", "hi")]);
    conversation.record = Some(ContactFacts {
        attributes: [("note".to_owned(), "mail dana@example.com".to_owned())].into(),
        ..ContactFacts::default()
    });
    conversation.service = Some(ServiceAnalysis {
        summary: Some("Dana asked about card 4012888888881881".to_owned()),
        ..ServiceAnalysis::default()
    });
    let once = redact(conversation, &["Dana".to_owned()], &RedactionSettings::default());
    let record = once.conversation().record.as_ref().expect("a record");
    assert_eq!(record.attributes["note"], "mail [EMAIL]");
    let service = once.conversation().service.as_ref().expect("a service");
    assert_eq!(service.summary.as_deref(), Some("[NAME] asked about card [CREDIT_DEBIT_NUMBER]"));
}

#[test]
fn kinds_can_be_chosen() {
    let settings = RedactionSettings { kinds: [Kind::Email].into(), ..RedactionSettings::default() };
    let once = redact(common::conversation("CHAT", &[("CUSTOMER", "4012888888881881, a@example.com")]), &[], &settings);
    assert_eq!(once.conversation().turns[0].content, "4012888888881881, [EMAIL]");
}

#[test]
fn stored_form_is_the_conversation() {
    let once = common::redacted("CHAT", &[("CUSTOMER", "hello")]);
    let stored = serde_json::to_string(&once).expect("JSON");
    assert_eq!(serde_json::from_str::<RedactedConversation>(&stored).expect("the same"), once);
    assert_eq!(stored, serde_json::to_string(once.conversation()).expect("JSON"));
}

#[test]
fn names_after_labels_and_in_closings() {
    check(&[">Kind regards, Philippa Stroud"], &["Kind regards, [NAME]"]);
    check(&[">Un saludo, Begoña Iriarte"], &["Un saludo, [NAME]"]);
    check(&[">Payee Torsten Halvorsen, paid in June."], &["Payee [NAME], paid in June."]);
    check(&[">Account holder: Ines Quiroga"], &["Account holder: [NAME]"]);
    check(&[">Kind regards, Acme Logistics"], &["Kind regards, Acme Logistics"]);
    check(&[">This is Miller's Garage calling."], &["This is Miller's Garage calling."]);
}

#[test]
fn names_in_chat_and_corrections() {
    check(&[">hi im zoltan, my order is late"], &["hi im [NAME], my order is late"]);
    check(&[">hi im furious, my order is late"], &["hi im furious, my order is late"]);
    check(&[">hi my names zoltan"], &["hi my names [NAME]"]);
    check(
        &[">my surname is spelled wrong, it's Hendrycks, with a y."],
        &["my surname is spelled wrong, it's [NAME], with a y."],
    );
    check(&[">its m a r l i n s"], &["its [NAME]"]);
    check(&["¿Me deletrea el apellido?", ">pe, a, erre, a"], &["¿Me deletrea el apellido?", "[NAME]"]);
}

#[test]
fn japanese_names_by_what_follows() {
    check(&["葛城様、ありがとうございます。"], &["[NAME]様、ありがとうございます。"]);
    check(&["お客様と皆様、仕様と模様と様々です。"], &["お客様と皆様、仕様と模様と様々です。"]);
    check(&[">店員さんと業者さんが来ました"], &["店員さんと業者さんが来ました"]);
    check(&[">綾小路 雅美 090-0000-1234"], &["[NAME] [PHONE]"]);
    check(&[">もしもしたかしですけど"], &["もしもし[NAME]ですけど"]);
    check(&[">もしもしそうですけど"], &["もしもしそうですけど"]);
}

#[test]
fn addresses_up_to_their_postcode() {
    check(
        &[">Send it to 9 Mill Lane, Newton-le-Willows, Co. Meath N41 X2P9 please."],
        &["Send it to [ADDRESS] please."],
    );
    check(&["Your address?", ">22 Birch Avenue, Regina, SK S4P 3Y2."], &["Your address?", "[ADDRESS]."]);
    check(&[">nos mudamos a la calle de los olmos número veinte tercero derecha"], &["nos mudamos a la [ADDRESS]"]);
}

#[test]
fn numbers_by_longer_phrases() {
    check(
        &["¿Me da su número de cuenta?", ">claro, cero dos dos ocho cuatro cuatro nueve siete uno tres"],
        &["¿Me da su número de cuenta?", "claro, [BANK_ACCOUNT_NUMBER]"],
    );
    check(&["¿Me da su número de pedido?", ">600 11 22 33"], &["¿Me da su número de pedido?", "600 11 22 33"]);
    check(&[">my visa permit expires 05/28"], &["my visa permit expires 05/28"]);
    check(&[">I ordered it 03/04/2025, born 03/04/1961"], &["I ordered it 03/04/2025, born [DATE_OF_BIRTH]"]);
    check(&[">I ordered at www.shop.example/sale"], &["I ordered at www.shop.example/sale"]);
}

/// Names that no phrase introduces: kin, roles, who is asked for, in text with capitals and without.
#[test]
fn names_that_evidence_shows() {
    check(&[">my neighbour caoimhe signed for it"], &["my neighbour [NAME] signed for it"]);
    check(&[">could you tell Oluwaseun that I called"], &["could you tell [NAME] that I called"]);
    check(&[">it's for my brother-in-law Gwilym"], &["it's for my brother-in-law [NAME]"]);
    for text in [
        ">my netflix account is locked again",
        ">I ordered a Ted Baker coat and a Calvin Klein belt",
        ">walk from Murray avenue to Forbes avenue",
        ">is the Victoria line running on Friday",
    ] {
        check(&[text], &[text.trim_start_matches('>')]);
    }
}

#[test]
fn parts_of_names() {
    check(&[">My attorney R. Jankowski-Lund wrote"], &["My attorney [NAME] wrote"]);
    check(
        &["Can you spell the last name for me?", ">t as in tom r as in robert a as in apple"],
        &["Can you spell the last name for me?", "[NAME]"],
    );
    check(&[">my PAN is ABCPK1234L"], &["my PAN is [NATIONAL_ID]"]);
}

/// A second pass finds nothing that the first one left, whatever the masks did to what stands around them.
#[test]
fn every_set_redacted_twice_is_as_redacted_once() {
    for name in ["redaction", "redaction_more", "redaction_other", "redaction_writer_a", "redaction_writer_b"] {
        for line in common::set(name).lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            let turns: Vec<(String, String)> = value["turns"]
                .as_array()
                .unwrap()
                .iter()
                .map(|turn| (turn["role"].as_str().unwrap().to_uppercase(), turn["text"].as_str().unwrap().to_owned()))
                .collect();
            let turns: Vec<(&str, &str)> = turns.iter().map(|(role, text)| (role.as_str(), text.as_str())).collect();
            let once = redact(common::conversation("CHAT", &turns), &[], &RedactionSettings::default());
            let twice = redact(once.conversation().clone(), &[], &RedactionSettings::default());
            assert_eq!(once, twice, "{line}");
        }
    }
}
