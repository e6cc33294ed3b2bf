//! Sinks: receivers of the n-grams of a text, from [`emit`](crate::ngrams::emit::emit).

use crate::ngrams::scope::{Mark, Role};
use crate::text::clitics::stem;
use crate::text::word::Word;
use std::ops::Range;

/// Receiver of the n-grams of a text.
pub trait Sink {
    /// Receives an n-gram. The same one may come several times in a text. Those of a word come in a row: the word, its
    /// stem, the runs of characters in it, its pair with the word before it.
    fn ngram(&mut self, ngram: Ngram<'_>);

    /// Ends a sentence, the bytes `start..end` of the text: the n-grams since the last call belong to it.
    fn sentence(&mut self, start: u32, end: u32) {
        let _ = (start, end);
    }

    /// Longest word that the sink caches, in bytes; 0: it caches none. Words mostly come again, and their bytes decide all
    /// their n-grams but the pair, so that a sink that sums can cache their sums. Such a sink gets its pairs by
    /// [`pair`](Sink::pair), since the word before may come from its cache.
    const MAX_CACHED: usize = 0;

    /// Prepares to look up the word at bytes `word` of the text, which comes `ahead` words later.
    fn prefetch(&mut self, ahead: usize, text: &str, word: Range<usize>) {
        let _ = (ahead, text, word);
    }

    /// Looks up all words that were [prefetched](Sink::prefetch), their number being `words`, and prepares for their pairs;
    /// `before` is the hash of the word before them.
    fn look_up(&mut self, words: usize, before: Option<u64>) {
        let _ = (words, before);
    }

    /// Prepares for the n-gram with a hash, which comes soon.
    fn prepare(&mut self, hash: u64) {
        let _ = hash;
    }

    /// Looks up the next word, [prefetched](Sink::prefetch) as number `ahead`, in the cache. If it is not there, its
    /// n-grams come one by one.
    fn cached(&mut self, ahead: usize) -> Option<CachedNgrams> {
        let _ = ahead;
        None
    }

    /// Adds the word last found [in the cache](Sink::cached).
    fn add_cached(&mut self) {}

    /// May replace the next word by another one.
    fn respell(&mut self, word: &mut Word) {
        let _ = word;
    }

    /// True if the sink knows the word whose n-grams it received last.
    fn is_known(&self) -> bool {
        true
    }

    /// Word that two short ones stand for, one of which [is not known](Sink::is_known), by the hash of the pair.
    fn joined(&self, pair: u64) -> Option<Word> {
        let _ = pair;
        None
    }

    /// Skips a word that has come too often.
    fn skip_repeated(&mut self) {}

    /// Stores the word last [looked up](Sink::cached) in the cache: all its n-grams but the pair have come.
    fn store(&mut self, ngrams: CachedNgrams) {
        let _ = ngrams;
    }

    /// Receives a pair, by its hash alone.
    fn pair(&mut self, hash: u64) {
        let _ = hash;
    }
}

/// N-grams of a cached word, as [`emit`](crate::ngrams::emit::emit) needs to know them.
#[derive(Clone, Copy)]
pub struct CachedNgrams {
    /// Hash of the word for its pairs.
    pub(crate) hash: u64,
    /// Number of its n-grams without the pair.
    pub(crate) count: u16,
    /// Role of the word in scopes.
    pub(crate) role: Role,
}

/// N-gram at its place in a text.
pub struct Ngram<'w> {
    /// Hash that the model knows it by.
    pub hash: u64,
    /// Byte span of the text that it came from.
    pub span: (u32, u32),
    /// Characters that it is made of.
    pub parts: Parts<'w>,
}

/// Parts of an n-gram, in folded characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parts<'w> {
    /// Run of characters of a word; a space stands for the boundary of the word.
    Chars(&'w [char]),
    /// Whole word, emoji, mark or class of words.
    Word(&'w [char]),
    /// Light stem of a word.
    Stem(&'w [char]),
    /// Whole word in a scope, of whose light stem the n-gram is: in place of [`Parts::Word`] and all others of the word.
    Marked(Mark, &'w [char]),
    /// Two neighbouring words of one sentence.
    Pair(&'w [char], &'w [char]),
}

#[cfg(feature = "train")]
impl Parts<'_> {
    /// True if a letter of the script is among them: of Arabic, or of any other.
    pub(crate) fn has_letter(&self, arabic: bool) -> bool {
        let has =
            |chars: &[char]| chars.iter().any(|c| c.is_alphabetic() && matches!(c, '\u{620}'..='\u{6FF}') == arabic);
        match self {
            Parts::Chars(chars) | Parts::Word(chars) | Parts::Stem(chars) | Parts::Marked(_, chars) => has(chars),
            Parts::Pair(first, second) => has(first) || has(second),
        }
    }
}

impl std::fmt::Display for Parts<'_> {
    /// Runs of characters as they are, words and pairs in square brackets, stems in curly ones (which no folded text
    /// contains), those of words in a scope after its mark.
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
            Parts::Marked(mark, word) => {
                let (from, to) = stem(word);
                write(&['{'])?;
                mark.name().chars().try_for_each(|c| write(&[c]))?;
                write(&[' '])?;
                write(&word[from..to])?;
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
