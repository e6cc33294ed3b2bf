//! Labelled comments that are in memory already, read as those of files are.

use std::path::PathBuf;

use crate::corpus::Corpus;
use crate::corpus::builder::Builder;
use crate::corpus::error::CorpusError;
use crate::corpus::reader::CorpusReader;
use crate::corpus::row_labels::kinds;
use crate::io::bad_row::BadRow;
use crate::io::row_check::{RowError, check_text};
use crate::model::kinds::KindSet;
use crate::text::html::{Html, HtmlSample, SAMPLE, Visible};

/// Labelled comment in memory; an example is at [`CorpusReader::read_comments`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LabelledComment<'c> {
    /// Text, or HTML.
    pub text: &'c str,
    /// Name of a class, or several joined by `|`.
    pub label: &'c str,
    /// Kinds of abuse, joined by `|`; may be empty.
    pub kinds: &'c str,
    /// Weight in training.
    pub weight: f32,
}

/// Text, names of classes, and kinds of a comment.
type Read<'c> = (Visible<'c>, Vec<String>, KindSet);

impl CorpusReader {
    /// Reads labelled comments that are in memory, as [`CorpusReader::read`] reads the rows of a file: labels are renamed by
    /// the map, HTML becomes what a reader sees, and `bad` is told of every comment that cannot be used. The comments are
    /// those of one file named `comments`, whose lines are counted from 1.
    ///
    /// ```
    /// use naqd::{CorpusReader, LabelledComment};
    ///
    /// let row = |text, label| LabelledComment { text, label, kinds: "", weight: 1.0 };
    /// let rows = [row("you fool", "abusive"), row("thank you", "approved"), row("", "approved")];
    /// let map = vec![("approved".to_owned(), "neutral".to_owned())];
    /// let mut bad = Vec::new();
    /// let corpus = CorpusReader { map, ..CorpusReader::default() }.read_comments(&rows, &mut |row| {
    ///     bad.push(row.to_string());
    ///     true
    /// })?;
    /// assert_eq!(corpus.classes().names(), ["abusive", "neutral"]);
    /// assert_eq!(bad, ["comments:3: column text: empty, expected a comment"]);
    /// # Ok::<(), naqd::CorpusError>(())
    /// ```
    ///
    /// # Errors
    /// See [`CorpusError`].
    pub fn read_comments(
        &self,
        comments: &[LabelledComment],
        bad: &mut dyn FnMut(&BadRow) -> bool,
    ) -> Result<Corpus, CorpusError> {
        let file = PathBuf::from("comments");
        let mut builder = Builder::default();
        builder.next_file();
        let html = self.html.unwrap_or_else(|| {
            let mut sample = HtmlSample::default();
            let readable = comments.iter().map(|comment| comment.text).filter(|text| check_text(text).is_ok());
            readable.take(SAMPLE).for_each(|text| sample.add(text));
            builder.note(&file, sample.sentence());
            sample.html()
        });
        for (comment, line) in comments.iter().zip(1..) {
            match self.comment(comment, html, &mut builder) {
                Ok(Some((text, names, kinds))) => {
                    builder.push(&text.text, &names, kinds, comment.weight, (line, line));
                }
                Ok(None) => {}
                Err(what) => {
                    let row = BadRow { file: file.clone(), line, what };
                    if !bad(&row) {
                        return Err(CorpusError::BadRow(row));
                    }
                }
            }
        }
        builder.finish(vec![file], "label")
    }

    /// What a comment holds, none if it is left out for one of its labels, or a message about it.
    fn comment<'c>(
        &self,
        comment: &LabelledComment<'c>,
        html: Html,
        builder: &mut Builder,
    ) -> Result<Option<Read<'c>>, String> {
        let Some(labels) = self.counted_labels(comment.label, builder) else { return Ok(None) };
        let about_text = |error: &RowError| match error {
            RowError::EmptyText => "column text: empty, expected a comment".to_owned(),
            error => format!("column text: {error}"),
        };
        check_text(comment.text).map_err(|error| about_text(&error))?;
        let text = if html == Html::No { Visible::plain(comment.text) } else { Visible::of(comment.text) };
        if text.is_blank() {
            return Err(about_text(&RowError::EmptyText));
        }
        let names = self.classes_of(&labels).map_err(|what| format!("column label: {what}"))?;
        if !(comment.weight.is_finite() && comment.weight >= 0.0) {
            return Err(format!("column weight: {}, expected a number that is not negative", comment.weight));
        }
        let kinds = kinds(comment.kinds).map_err(|what| format!("column kinds: {what}"))?;
        Ok(Some((text, names, kinds)))
    }
}
