//! N-grams of a model and their weights.

use std::borrow::Cow;
use std::sync::Arc;

/// N-grams of a model as one text, so that a model of a hundred thousand is read at once.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Ngrams {
    /// One n-gram a line.
    lines: Arc<Cow<'static, str>>,
    len: usize,
}

impl Ngrams {
    /// N-grams in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let mut rest = &**self.lines;
        (0..self.len).map(move |_| {
            let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
            let (line, after) = rest.split_at(end);
            rest = after.strip_prefix('\n').unwrap_or(after);
            line
        })
    }

    /// Number of n-grams.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if there is none.
    #[cfg(feature = "internal")]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Text of one n-gram a line.
    pub(crate) fn lines(&self) -> &str {
        &self.lines
    }

    /// N-grams from a text of one a line.
    pub(crate) fn from_lines(lines: Cow<'static, str>) -> Ngrams {
        let len = if lines.is_empty() { 0 } else { memchr::memchr_iter(b'\n', lines.as_bytes()).count() + 1 };
        Ngrams { lines: Arc::new(lines), len }
    }
}

impl<S: AsRef<str>> FromIterator<S> for Ngrams {
    /// N-grams one by one; none contains a line end.
    fn from_iter<I: IntoIterator<Item = S>>(ngrams: I) -> Ngrams {
        let mut lines = String::new();
        let mut len = 0;
        for ngram in ngrams {
            if len > 0 {
                lines.push('\n');
            }
            lines.push_str(ngram.as_ref());
            len += 1;
        }
        Ngrams { lines: Arc::new(lines.into()), len }
    }
}

/// Sparse layer: an integer weight for each class, for every n-gram that the model knows.
#[derive(Clone, PartialEq, Debug)]
pub struct Weights {
    /// Hashes of the n-grams, ascending.
    pub hashes: Cow<'static, [u64]>,
    /// Weights, `[n-gram][class]`, in units of `step`; idf and naive-Bayes scale multiplied in.
    pub weights: Cow<'static, [i16]>,
    /// Log-odds of one unit of a weight, before the division by sqrt(number of n-grams).
    pub step: f32,
    /// Number of classes.
    pub classes: usize,
}
