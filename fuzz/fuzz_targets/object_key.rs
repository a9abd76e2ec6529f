//! Object keys and recording locations.
#![no_main]

use aftercall_core::formats::identity;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|key: &str| {
    if let Some(facts) = identity::of_key(key) {
        assert!(!facts.contact_id.is_empty());
    }
    let names = identity::recording_names(key);
    assert!(names.len() <= 2);
});
