//! Slices of a corpus, so that figures can be told apart by file, script and length.

use crate::corpus::Corpus;
use crate::ngrams::script::is_arabic;

/// Most words of comments of each slice by length.
const LENGTHS: [usize; 4] = [5, 15, 40, usize::MAX];

/// Some comments of a corpus.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Slice {
    /// All.
    All,
    /// Those of one file, by place.
    File(usize),
    /// Those most of whose letters are Arabic.
    Arabic,
    /// The others.
    Other,
    /// Those of more than `.0` and at most `.1` words.
    Words(usize, usize),
}

impl Slice {
    /// All slices of a corpus, as they are listed.
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

    /// Whether a comment is one of them.
    pub(crate) fn holds(self, corpus: &Corpus, comment: usize) -> bool {
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
