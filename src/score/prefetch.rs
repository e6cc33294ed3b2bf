//! Prefetch: memory that will be needed soon.
#![allow(unsafe_code)]

/// Number of entries ahead of the one being put into a table whose places are prefetched.
pub(crate) const SOON: usize = 16;

/// Has the processor load `place` into its caches; nothing waits for it.
///
/// Unsafe, since no safe function of the language does this. The word cache of a thread does not fit the second-level cache,
/// and to prefetch all words of a sentence before the first is needed takes 5 % (English) to 10 % (Arabic) off the time of
/// scoring; to read the memory instead takes nothing off. A prefetch reads and writes nothing and cannot fault (Intel 64 and
/// IA-32 Architectures Software Developer's Manual, PREFETCHh), and the address is that of a live reference.
#[inline(always)]
pub(crate) fn prefetch<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(place).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
