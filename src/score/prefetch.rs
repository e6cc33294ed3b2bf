//! Asks the cache for what will be needed soon.
#![allow(unsafe_code)]

/// Has the processor bring `place` nearer; nothing waits for it.
///
/// The only unsafe line of the crate: no safe function of the language does this. What a thread remembers of words
/// does not fit the second cache, and to ask for all words of a sentence before the first is needed takes 5 % (English)
/// to 10 % (Arabic) off the time of scoring; to read the places instead takes nothing off. A prefetch reads and writes
/// nothing and cannot fault (Intel 64 and IA-32 Architectures Software Developer's Manual, PREFETCHh), and the address
/// is that of a live reference.
#[inline(always)]
pub(crate) fn fetch<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(place).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
