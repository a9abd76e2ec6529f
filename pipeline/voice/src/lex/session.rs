//! Names of the session attributes that tune speech, and the values this product starts with.
//!
//! Source: lexv2/latest/dg/session-attribs-speech. `<intent>:<slot>` may be `*:*`; the specific one wins.

/// A tuning attribute and its value.
pub type Tuning = (&'static str, &'static str);

/// What every Lex block of our flows sets. Utterances stay at 15,000 ms, the smaller of two documented limits.
pub const VOICE: &[Tuning] = &[
    ("x-amz-lex:allow-interrupt:*:*", "True"),
    ("x-amz-lex:audio:start-timeout-ms:*:*", "5000"),
    ("x-amz-lex:audio:end-timeout-ms:*:*", "800"),
    ("x-amz-lex:audio:max-length-ms:*:*", "15000"),
    ("x-amz-lex:dtmf:end-timeout-ms:*:*", "3000"),
    ("x-amz-lex:dtmf:end-character:*:*", "#"),
    ("x-amz-lex:dtmf:deletion-character:*:*", "*"),
];

/// Families of tuning attributes that Lex knows.
pub const FAMILIES: &[&str] = &[
    "x-amz-lex:allow-interrupt:",
    "x-amz-lex:allow-audio-input:",
    "x-amz-lex:allow-dtmf-input:",
    "x-amz-lex:audio:start-timeout-ms:",
    "x-amz-lex:audio:end-timeout-ms:",
    "x-amz-lex:audio:max-length-ms:",
    "x-amz-lex:audio:end-confidence-threshold:",
    "x-amz-lex:audio:locale-override",
    "x-amz-lex:text:start-timeout-ms:",
    "x-amz-lex:dtmf:end-timeout-ms:",
    "x-amz-lex:dtmf:end-character:",
    "x-amz-lex:dtmf:deletion-character:",
    "x-amz-lex:dtmf:max-length:",
];
