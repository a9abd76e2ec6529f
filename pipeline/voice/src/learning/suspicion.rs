//! Whether a text looks like an instruction to a program, or carries what no answer to a caller needs: marks, code, links,
//! encoded bytes, words about prompts and rules. One regular expression a reason, linear time.
//!
//! This is a sieve, not the lock: that only a person's approval makes a document, and that documents are data, holds without
//! it. It errs on the side of quarantine.

use std::sync::LazyLock;

use regex::Regex;

static SIGNS: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    [
        ("marks of code or markup", r"[<>{}`|\\]|\]\]|\[/?[A-Z]{3,}\]|#{2,}|-- |\]\("),
        ("a link or an address", r"(?i)\b(?:https?|ftp|data|javascript):|\bwww\.|@[a-z0-9-]+\.[a-z]|\bbucket\b"),
        ("encoded bytes", r"[A-Za-z0-9+/]{24,}={0,2}|(?i)\b(?:base64|decode|payload)\b"),
        ("a statement of a database", r"(?i)\b(?:drop|alter)\s+table\b|\bunion\s+select\b|\b(?:delete|insert)\s+(?:from|into)\b|\bupdate\s+\w+\s+set\b"),
        (
            "words that take back instructions",
            r"(?ix)\b(?:ignore|disregard|forget|override|overrule|bypass|olvida\w*|ignora\w*|vergiss)\b .{0,40}
              \b(?:instruction|rule|prompt|previous|earlier|above|before|everything|anterior|told|anweisung)\w*
              | (?:指示|命令|ルール).{0,12}(?:無効|無視|忘れ)",
        ),
        (
            "words about prompts, systems and roles",
            r"(?ix)\b(?:system\ (?:message|prompt)|your\ (?:instructions|rules|prompt|context|configuration|new\ job)|new\ task
              |instructions|summari[sz]er|operator\ has\ authori[sz]ed|end\ of\ (?:input|transcript)|status\ override|resolution\ to
              |(?:the|this)\ (?:transcript|configuration|dashboard)|(?:your|the)\ (?:context|configuration)\b)",
        ),
        (
            "words that tell what to answer",
            r"(?ix)\b(?:respond|answer|reply|write|say|repeat|print|contesta|schreib\w*)\b .{0,30}
              \b(?:only|exactly|nothing\ else|solo|word\ for\ word|nur|in\ full|configuration|poem|template)\b
              | \b(?:from\ now\ on|a\ partir\ de\ aquí|ab\ jetzt)\b | だけ.{0,6}(?:書|答)
              | \bmust\ be\ exactly\b | \bfill\ in\ nothing\b | \b(?:do\ not|don't)\ analy[sz]e\b",
        ),
        (
            "words about the record of the call",
            r"(?ix)\b(?:put|mark|set|leave|send|use|keep|record|replace|end|include)\b .{0,60}
              \b(?:summary|summaries|report|notes|record|resolved|recordings|as\ the\ reason|this\ value|sentiment)\b
              | \bsummary\ has\ to\b | \bas\ your\ summary\b | \bthis\ conversation\b",
        ),
        (
            "a role that is played",
            r"(?ix)\b(?:pretend|imagine|let's\ play|act\ as|role\s?play)\b | \byou\ are\ no\ longer\b",
        ),
        (
            "another speaker inside of a turn",
            r"(?i)\b(?:agent|customer|supervisor|system|assistant|user|caller)(?: said)?:\s",
        ),
    ]
    .into_iter()
    // A pattern that is wrong would be missed by the test of its kind.
    .filter_map(|(reason, pattern)| Some((reason, Regex::new(pattern).ok()?)))
    .collect()
});

/// The reason why a text is put aside, if there is one.
pub fn suspicion(text: &str) -> Option<&'static str> {
    SIGNS.iter().find(|(_, pattern)| pattern.is_match(text)).map(|(reason, _)| *reason)
}
