//! A long transcript takes memory in proportion to its size. Alone in its file, because the peak is the process's.

#![allow(clippy::unwrap_used, reason = "a panic in a test is a failure with a place")]

use aftercall_core::assemble::{AssembleSettings, assemble};
use aftercall_core::formats::{DecodeContext, decode};

/// The most memory this process has had so far, bytes; none where the system does not say.
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kilobytes| kilobytes * 1024)
}

/// A two-channel transcript as Transcribe writes it: every word twice, 20,000 words an hour.
fn transcript(hours: usize) -> String {
    let item = |at: usize| {
        let begin = at as f64 * 0.18;
        format!(
            r#"{{"start_time": "{begin:.2}", "end_time": "{:.2}", "alternatives": [{{"confidence": "0.9837", "content": "word{}"}}], "type": "pronunciation"}}"#,
            begin + 0.15,
            at % 97
        )
    };
    let items = |step: usize, from: usize| {
        let words: Vec<String> = (from..20_000 * hours).step_by(step).map(item).collect();
        words.join(",")
    };
    format!(
        r#"{{"jobName":"long","accountId":"1","status":"COMPLETED","results":{{"channel_labels":{{"channels":[{{"channel_label":"ch_0","items":[{}]}},{{"channel_label":"ch_1","items":[{}]}}]}},"items":[{}]}}}}"#,
        items(2, 0),
        items(2, 1),
        items(1, 0)
    )
}

#[test]
fn peak_memory_is_a_small_multiple_of_the_file() {
    let document = transcript(4);
    let Some(before) = peak() else {
        eprintln!("skipped: this system does not say how much memory a process takes");
        return;
    };
    let decoded = decode(document.as_bytes(), &DecodeContext::new("long.json")).unwrap();
    let contact = decoded.deliveries.first().unwrap().contact.clone();
    let assembled = assemble(&contact, &decoded.deliveries, &AssembleSettings::default());
    let taken = peak().unwrap() - before;
    let times = taken as f64 / document.len() as f64;
    println!("{} bytes, {} turns: {times:.1} times the file", document.len(), assembled.conversation.turns.len());
    // The peak before is that of making the document: three times its size.
    assert!(times + 3.0 < 12.0, "{times:.1}");
}
