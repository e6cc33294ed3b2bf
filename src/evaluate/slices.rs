//! Slices of a corpus by file, script and length, each with metrics of its own.

use crate::corpus::Corpus;
use crate::ngrams::script::is_arabic;

/// Maximum number of words of each slice by length.
const LENGTHS: [usize; 4] = [5, 15, 40, usize::MAX];

/// Slice: some comments of a corpus.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Slice {
    /// All comments.
    All,
    /// Comments of one file, by place.
    File(usize),
    /// Comments whose letters are mostly Arabic.
    Arabic,
    /// Comments whose letters are mostly not Arabic.
    Other,
    /// Comments of more than `.0` and at most `.1` words.
    Words(usize, usize),
}

impl Slice {
    /// All slices of a corpus, in the order of lists.
    pub(crate) fn all(corpus: &Corpus) -> Vec<Slice> {
        let mut slices = vec![Slice::All];
        slices.extend((0..corpus.files.len()).map(Slice::File));
        slices.extend([Slice::Arabic, Slice::Other]);
        let mut from = 0;
        for to in LENGTHS {
            slices.push(Slice::Words(from, to));
            from = to;
        }
        slices
    }

    /// True if a comment is in the slice.
    pub(crate) fn contains(self, corpus: &Corpus, comment: usize) -> bool {
        let text = &corpus.texts[comment];
        match self {
            Slice::All => true,
            Slice::File(file) => corpus.places[comment].0 as usize == file,
            Slice::Arabic => is_arabic(text),
            Slice::Other => !is_arabic(text),
            Slice::Words(from, to) => (from + 1..=to).contains(&text.split_whitespace().count()),
        }
    }
}
