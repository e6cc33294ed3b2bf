//! Huge pages: tables of megabytes that are read at random, in pages of two megabytes where the system has them.
#![allow(unsafe_code)]

use aligned_vec::{AVec, RuntimeAlign};

/// Table on the boundary of a huge page, if it fills one.
pub(crate) type Table<T> = AVec<T, RuntimeAlign>;

/// Size of a huge page in bytes.
const HUGE: usize = 1 << 21;

/// Table of `n` times `value`. Linux is asked to keep it in huge pages. With pages of 4 KiB nearly every look-up also waits for
/// a walk of the page table, which takes 8 % of the time of scoring Arabic comments, and filling the table faults once for
/// every page.
///
/// The range stays marked when the table is freed, so that an allocator that uses it again takes memory there by huge pages
/// too: at most as much as the table had.
pub(crate) fn filled<T: Clone>(value: T, n: usize) -> Table<T> {
    let bytes = n * size_of::<T>();
    let align = if cfg!(target_os = "linux") && bytes >= HUGE { HUGE } else { align_of::<T>() };
    let mut table = Table::<T>::with_capacity(align, n);
    #[cfg(target_os = "linux")]
    if align == HUGE {
        // SAFETY: these are whole pages, of an allocation that begins on the boundary of one; the advice changes no contents
        // (madvise(2)), and a system that does not know it refuses it.
        unsafe {
            libc::madvise(table.as_mut_ptr().cast(), bytes & !(HUGE - 1), libc::MADV_HUGEPAGE);
        }
    }
    table.resize(n, value);
    table
}
