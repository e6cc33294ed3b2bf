//! Normal form of a text.

use crate::text::word::Word;
use crate::text::words::{Token, Words};

/// Normal form of a text: its words with a space between them, its sentences with a line end between them.
///
/// ```
/// use naqd::text::normalise;
/// assert_eq!(normalise("مَرْحبـــاً!! شوفوا www.naqd.example"), "مرحبا !!\nشوفوا 🔗");
/// assert_eq!(normalise("I'm ＳＯ happyyyy 😀😀😀😀, 100%"), "im so hapy 😀 😀 🔢");
/// ```
pub fn normalise(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    let (mut words, mut word) = (Words::new(text), Word::default());
    let mut separator = None;
    while let Some(token) = words.next(&mut word) {
        if token == Token::Word {
            normal.extend(separator);
            normal.extend(word.symbols());
            separator = Some(' ');
        } else {
            separator = Some('\n');
        }
    }
    normal
}
