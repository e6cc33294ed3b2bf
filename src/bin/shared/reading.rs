//! Options for reading labelled comments.

use encoding_rs::Encoding;
use indicatif::ProgressBar;
use naqd::CorpusReader;
use naqd::internal::io::{BadRow, Format, delimiter, encoding};

use super::{ReadHtml, complain};

/// Columns, encoding and labels of CSV files with labelled comments.
#[derive(clap::Args)]
pub struct Reading {
    /// Column with the comment [default: text, comment, body, content or message]. Of several files, one must have it;
    /// in the others it may have one of the usual names
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,
    /// Column with the label [default: label, class or category]. Of several files, one must have it; in the others it
    /// may have one of the usual names
    #[arg(long, value_name = "NAME")]
    label_column: Option<String>,
    /// Column with the kinds of abuse of an abusive comment, joined by |: insult, group, threat, obscene, curse [default:
    /// kinds]. Files may lack it; an empty name reads none
    #[arg(long, value_name = "NAME")]
    kinds_column: Option<String>,
    /// Encoding of files that are not UTF-8 and have no byte order mark, such as windows-1256
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    encoding: Option<&'static Encoding>,
    /// Delimiter of the CSV files: a character, or tab [default: detected]
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// Read comments as HTML, or not (`--html no`): of HTML, what a browser shows is learnt. By default it is decided for each
    /// file by its first 500 comments; in doubt, they are HTML
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "yes",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    html: ReadHtml,
    /// Labels to rename when reading: approved=critical|neutral,rejected=abusive. Rows with a label that is renamed to
    /// nothing (pending=) are left out
    #[arg(long, value_name = "FROM=TO,...", value_delimiter = ',', value_parser = map)]
    pub map: Vec<(String, String)>,
    /// Labels to expect (after --map); rows with any other label are left out as unusable [default: any]
    #[arg(long, value_name = "A,B,C", value_delimiter = ',')]
    labels: Vec<String>,
    /// Stop at the first row that cannot be used
    #[arg(long)]
    strict: bool,
}

/// Parses `approved=critical|neutral`, or `pending=`.
///
/// # Errors
/// A sentence with the expected form.
pub fn map(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((from, to)) if !from.trim().is_empty() => Ok((from.into(), to.into())),
        _ => Err("expected label=label, label=label|label, or label= to leave its rows out".to_owned()),
    }
}

impl Reading {
    /// Reader by these options.
    pub fn reader(&self) -> CorpusReader {
        CorpusReader {
            format: Format { encoding: self.encoding, delimiter: self.delimiter },
            text_column: self.text_column.clone(),
            label_column: self.label_column.clone(),
            kinds_column: self.kinds_column.clone(),
            map: self.map.clone(),
            labels: self.labels.clone(),
            html: self.html.into(),
            keep_columns: false,
        }
    }

    /// Handler of rows that cannot be used: counts and names each, or stops at the first with --strict.
    pub fn bad_row<'a>(&'a self, bar: &'a ProgressBar, bad: &'a mut usize) -> impl FnMut(&BadRow) -> bool + 'a {
        |row| {
            *bad += 1;
            if !self.strict {
                bar.suspend(|| complain(row));
            }
            !self.strict
        }
    }
}
