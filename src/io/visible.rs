//! Text of others for a terminal: names of files, labels and values that messages show.

use std::borrow::Cow;

/// Text without characters that could move the cursor, change colours or turn the direction of what follows; lines and tabs
/// stay.
///
/// ```
/// # #[cfg(feature = "internal")]
/// assert_eq!(naqd::internal::io::visible("a\x1b[31m.csv: line 1\n"), "a\u{FFFD}[31m.csv: line 1\n");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    let acts = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(acts) { Cow::Owned(text.replace(acts, "\u{FFFD}")) } else { Cow::Borrowed(text) }
}
