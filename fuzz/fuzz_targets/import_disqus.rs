#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| naqd_fuzz::import_checks::import_disqus(data));
