//! Documents of the format `cloudwatch-logs`, whole and broken. Other documents are left to the target `document`.
#![no_main]

use aftercall_core::assemble::{AssembleSettings, assemble};
use aftercall_core::formats::{DecodeContext, Format, decode, detect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if detect(bytes) != Ok(Format::CloudWatchLogs) {
        return;
    }
    if let Ok(decoded) = decode(bytes, &DecodeContext::new("fuzz.json")) {
        for delivery in &decoded.deliveries {
            assemble(&delivery.contact, &decoded.deliveries, &AssembleSettings::default());
        }
    }
});
