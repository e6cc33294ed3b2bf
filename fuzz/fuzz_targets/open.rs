#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| naqd_fuzz::checks::open(data));
