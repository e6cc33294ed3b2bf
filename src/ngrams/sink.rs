//! Readers of n-grams: what [`emit`](crate::ngrams::emit()) hands to a [`Sink`].

use crate::text::word::Word;
use std::ops::Range;

/// What reads the n-grams of a text.
pub trait Sink {
    /// One n-gram. The same one may come several times in a text. Those of a word come in a row: the word, its
    /// stem, the runs of characters in it, its pair with the word before it.
    fn ngram(&mut self, ngram: Ngram<'_>);

    /// The sentence that the n-grams since the last call belong to ends at byte `end` of the text.
    fn sentence(&mut self, start: u32, end: u32) {
        let _ = (start, end);
    }

    /// A sink that sums may keep the sums of words, which mostly come again. The bytes `word` of the text are a word
    /// that is `ahead` words away, and decide all its n-grams but the pair: the sink may look where it keeps it.
    fn foresee(&mut self, ahead: usize, text: &str, word: Range<usize>) {
        let _ = (ahead, text, word);
    }

    /// If the sink has kept the next word, the one [foreseen](Sink::foresee) as number `ahead`, it returns what it was
    /// told by [`keep`](Sink::keep); otherwise its n-grams are handed over one by one.
    fn recall(&mut self, ahead: usize) -> Option<Kept> {
        let _ = ahead;
        None
    }

    /// The word last [recalled](Sink::recall) counts.
    fn add_recalled(&mut self) {}

    /// A sink may read a word as another one.
    fn respell(&mut self, word: &mut Word) {
        let _ = word;
    }

    /// Whether the sink knows the word whose n-grams it was last given.
    fn knows(&self) -> bool {
        true
    }

    /// The word that two short ones stand for, one of which the sink does not [know](Sink::knows), by the hash of the
    /// pair.
    fn joined(&self, pair: u64) -> Option<Word> {
        let _ = pair;
        None
    }

    /// A word was left out that has come too often.
    fn leave_out(&mut self) {}

    /// The n-grams of the word last [looked for](Sink::recall), all but the pair, have been handed over.
    fn keep(&mut self, kept: Kept) {
        let _ = kept;
    }

    /// Longest word that is recalled, in bytes; 0: none. A sink that recalls gets its pairs by
    /// [`pair`](Sink::pair), since the word before may have been recalled.
    const RECALLS: usize = 0;

    /// A pair, by its hash alone.
    fn pair(&mut self, hash: u64) {
        let _ = hash;
    }
}

/// What a sink keeps of a word for [`emit`](crate::ngrams::emit::emit).
#[derive(Clone, Copy)]
pub struct Kept {
    /// Hash of the word for its pairs.
    pub(crate) hash: u64,
    /// Number of its n-grams.
    pub(crate) count: u16,
}

/// An n-gram where it stands in a text.
pub struct Ngram<'w> {
    /// What the model knows it by.
    pub hash: u64,
    /// The bytes of the text it came from.
    pub span: (u32, u32),
    /// What it is made of.
    pub parts: Parts<'w>,
}

/// What an n-gram is made of, in folded characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parts<'w> {
    /// Characters inside a word; a space stands for its boundary.
    Chars(&'w [char]),
    /// A whole word, an emoji, a mark or a class of words.
    Word(&'w [char]),
    /// The light stem of a word.
    Stem(&'w [char]),
    /// Two neighbouring words of one sentence.
    Pair(&'w [char], &'w [char]),
}

impl std::fmt::Display for Parts<'_> {
    /// Runs of characters as they are, words and pairs in square brackets, stems in curly ones (which no folded text
    /// contains).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use std::fmt::Write;
        let mut write = |chars: &[char]| chars.iter().try_for_each(|c| f.write_char(*c));
        match self {
            Parts::Chars(chars) => write(chars),
            Parts::Word(word) => {
                write(&['['])?;
                write(word)?;
                write(&[']'])
            }
            Parts::Stem(stem) => {
                write(&['{'])?;
                write(stem)?;
                write(&['}'])
            }
            Parts::Pair(first, second) => {
                write(&['['])?;
                write(first)?;
                write(&[' '])?;
                write(second)?;
                write(&[']'])
            }
        }
    }
}
