//! Scripts: of a word, of a text, its direction, and the letters that Arabic does not write.
//!
//! Each answers another question, and none can stand for another without changing what models were trained with:
//!
//! | question | function | counts |
//! |---|---|---|
//! | which expert, with its calibrator and its thresholds | [`is_arabic`] | n-grams |
//! | is a word Arabic | [`Script::of`] | its first letter |
//! | is it Arabic, or Persian, Urdu, Kurdish | [`foreign`] | letters of Arabic script |
//! | which language does a client hear of | [`has_arabic_letters`] | letters of all scripts |
//! | in which direction does a terminal show it | [`is_right_to_left`] | the first letter |

#[cfg(feature = "train")]
use crate::ngrams::emit::emit;
#[cfg(feature = "train")]
use crate::ngrams::sink::{Ngram, Parts, Sink};

/// Script of a word, by its first letter.
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
    /// Script of a word of folded characters.
    #[inline]
    pub fn of(word: &[char]) -> Script {
        match word.iter().find(|c| !c.is_ascii_digit()) {
            Some('a'..='z') => Script::Latin,
            Some('\u{600}'..='\u{6FF}') => Script::Arabic,
            _ => Script::Other,
        }
    }
}

/// Name of a script of comments, for JSON.
#[cfg(any(feature = "train", feature = "internal"))]
pub fn script_name(arabic: bool) -> &'static str {
    if arabic { "arabic" } else { "other" }
}

/// True if a text is mostly Arabic: more n-grams are of Arabic words than of Latin ones.
#[cfg(feature = "train")]
pub(crate) fn is_arabic(text: &str) -> bool {
    let mut sink = ByScript::default();
    emit(text, &mut sink);
    sink.scripts.is_arabic()
}

/// Numbers of n-grams of the words of each script, without pairs.
#[derive(Clone, Copy, Default)]
pub(crate) struct Scripts(pub(crate) [u32; 3]);

impl Scripts {
    #[inline]
    pub(crate) fn add(&mut self, other: &Scripts) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, n)| *sum += n);
    }

    /// Share of the n-grams that are of Arabic words, among those of Arabic and Latin ones; 0 if there are neither.
    #[inline]
    pub(crate) fn arabic_share(&self) -> f64 {
        let of = |script: Script| f64::from(self.0[script as usize]);
        let (arabic, latin) = (of(Script::Arabic), of(Script::Latin));
        if arabic > 0.0 { arabic / (arabic + latin) } else { 0.0 }
    }

    /// True if the text is mostly Arabic.
    #[inline]
    pub(crate) fn is_arabic(&self) -> bool {
        self.arabic_share() > 0.5
    }
}

/// Letters that an n-gram must have, or must not have, to be learnt from.
#[cfg(feature = "train")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Letters {
    /// Any or none.
    Any,
    /// At least one of a script: Arabic, or any other.
    Of(bool),
    /// None of any script but this: Arabic, or any other.
    OnlyOf(bool),
}

#[cfg(feature = "train")]
impl Letters {
    /// True for an n-gram to be learnt from.
    pub(crate) fn fit(self, parts: &Parts) -> bool {
        match self {
            Letters::Any => true,
            Letters::Of(arabic) => parts.has_letter(arabic),
            Letters::OnlyOf(arabic) => !parts.has_letter(!arabic),
        }
    }
}

/// Sink that counts n-grams by script.
#[cfg(feature = "train")]
#[derive(Default)]
struct ByScript {
    scripts: Scripts,
    word: Script,
}

#[cfg(feature = "train")]
impl Sink for ByScript {
    fn ngram(&mut self, ngram: Ngram<'_>) {
        match ngram.parts {
            Parts::Word(word) | Parts::Marked(_, word) => self.word = Script::of(word),
            Parts::Pair(..) => return,
            Parts::Stem(_) | Parts::Chars(_) => {}
        }
        self.scripts.0[self.word as usize] += 1;
    }
}

/// Per cent of the letters in Arabic script that Arabic does not write. Marks do not count.
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

/// True if at least half of the letters of a text are in Arabic script; none of fewer than three letters.
#[cfg(feature = "internal")]
pub fn has_arabic_letters(text: &str) -> Option<bool> {
    let (mut arabic, mut letters) = (0usize, 0usize);
    for c in text.chars() {
        if matches!(c, '\u{620}'..='\u{6FF}' | '\u{FB50}'..='\u{FEFC}') {
            arabic += 1;
            letters += 1;
        } else if c.is_alphabetic() {
            letters += 1;
        }
    }
    (letters >= 3).then_some(2 * arabic >= letters)
}

/// True if the first letter of a text is of a script that is written from right to left.
#[cfg(feature = "internal")]
pub fn is_right_to_left(text: &str) -> bool {
    text.chars()
        .find(|c| c.is_alphabetic())
        .is_some_and(|c| matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'))
}
