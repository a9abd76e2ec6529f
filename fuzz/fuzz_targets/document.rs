//! Any bytes: detection, explanation and decoding agree, and nothing panics.
#![no_main]

use aftercall_core::formats::{DecodeContext, decode, detect, explain};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut ctx = DecodeContext::new("fuzz.json");
    ctx.max_inflated_bytes = 1 << 20;
    let explanation = explain(bytes, &ctx);
    assert_eq!(explanation.format, detect(bytes).ok());
    if explanation.format.is_none() {
        assert!(decode(bytes, &ctx).is_err());
    }
});
