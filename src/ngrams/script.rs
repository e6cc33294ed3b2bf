//! Scripts: of a word, of a text, and the letters that Arabic does not write.

#[cfg(feature = "train")]
use crate::ngrams::emit::emit;
#[cfg(feature = "train")]
use crate::ngrams::sink::{Ngram, Parts, Sink};

/// The script of a word, by its first letter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Script {
    /// Any but these two, or no letter.
    #[default]
    Other,
    /// Arabic.
    Arabic,
    /// Latin.
    Latin,
}

impl Script {
    /// Of a word, in folded characters.
    #[inline]
    pub fn of(word: &[char]) -> Script {
        match word.iter().find(|c| !c.is_ascii_digit()) {
            Some('a'..='z') => Script::Latin,
            Some('\u{600}'..='\u{6FF}') => Script::Arabic,
            _ => Script::Other,
        }
    }
}

/// The script of a text: from -1, no n-gram of an Arabic word, to 1, none of a Latin one; 0 if there are neither.
#[cfg(feature = "train")]
pub(crate) fn script(text: &str) -> f64 {
    let mut sink = ByScript::default();
    emit(text, &mut sink);
    sink.scripts.balance()
}

/// N-grams of the words of each script, but for pairs.
#[derive(Clone, Copy, Default)]
pub(crate) struct Scripts(pub(crate) [u32; 3]);

impl Scripts {
    #[inline]
    pub(crate) fn add(&mut self, other: &Scripts) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, n)| *sum += n);
    }

    #[inline]
    pub(crate) fn balance(&self) -> f64 {
        let of = |script: Script| f64::from(self.0[script as usize]);
        let (arabic, latin) = (of(Script::Arabic), of(Script::Latin));
        if arabic + latin > 0.0 { (arabic - latin) / (arabic + latin) } else { 0.0 }
    }
}

#[derive(Default)]
#[cfg(feature = "train")]
struct ByScript {
    scripts: Scripts,
    word: Script,
}

#[cfg(feature = "train")]
impl Sink for ByScript {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        match ngram.parts {
            Parts::Word(word) => self.word = Script::of(word),
            Parts::Pair(..) => return,
            Parts::Stem(_) | Parts::Chars(_) => {}
        }
        self.scripts.0[self.word as usize] += 1;
    }
}

/// Of the letters in Arabic script the per cent that Arabic does not write. Marks do not count.
pub(crate) fn foreign(text: &str) -> u8 {
    // UTF-8 begins U+06C0 to U+06FF with this byte, which hardly a comment has.
    if memchr::memchr(0xDB, text.as_bytes()).is_none() {
        return 0;
    }
    let (mut letters, mut foreign) = (0usize, 0usize);
    for c in text.chars() {
        if matches!(c, '\u{620}'..='\u{63F}' | '\u{641}'..='\u{64A}' | '\u{66E}' | '\u{66F}' | '\u{671}'..='\u{6D5}' | '\u{6EE}' | '\u{6EF}' | '\u{6FA}'..='\u{6FF}')
        {
            letters += 1;
            foreign += usize::from(c >= '\u{6C0}');
        }
    }
    (100 * foreign / letters.max(1)) as u8
}
