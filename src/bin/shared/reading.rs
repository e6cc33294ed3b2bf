//! Options for reading labelled comments.

use encoding_rs::Encoding;
use indicatif::ProgressBar;
use naqd::CorpusReader;
use naqd::internal::io::{BadRow, Format, Kind, delimiter, encoding};

use super::{ReadHtml, complain};

/// Form of files, as far as it is not found out from them.
#[derive(clap::Args)]
pub struct Files {
    /// Form of the rows: csv (also workbooks), jsonl (one JSON object a line, or one array) or lines (one comment a line)
    /// [default: found out from the first bytes]
    #[arg(long, value_name = "KIND", value_parser = Kind::named)]
    pub format: Option<Kind>,
    /// Encoding of files that are not UTF-8 and have no byte order mark, such as windows-1256
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    pub encoding: Option<&'static Encoding>,
    /// Delimiter of CSV: a character, or tab [default: detected]
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub delimiter: Option<u8>,
    /// Sheet of a workbook, by its name or its number [default: the first]
    #[arg(long, value_name = "NAME|NUMBER")]
    pub sheet: Option<String>,
    /// The first row is no header: columns are called by their numbers, --text-column 2
    #[arg(long)]
    pub no_header: bool,
    /// Backslashes escape in CSV, as MySQL writes them: \" is a quote, \n a line end, \N an empty cell
    #[arg(long)]
    pub escape: bool,
    /// Repair letters where it can be done for certain: mojibake (UTF-8, windows-1256 or ISO-8859-6 that was read in an
    /// encoding of Windows, MacRoman or DOS) and codes in place of letters (%D9%83, =D9=83, \u0643 and the like)
    #[arg(long)]
    pub repair_mojibake: bool,
    /// Read comments as HTML, or not (`--html=no`): of HTML, what a browser shows counts. By default it is decided for each
    /// file by its first 500 comments; in doubt, naqd-score scores both readings and the worse counts
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
    pub html: ReadHtml,
}

impl Files {
    /// Form by these options.
    pub fn format(&self) -> Format {
        Format {
            encoding: self.encoding,
            delimiter: self.delimiter,
            kind: self.format,
            sheet: self.sheet.clone(),
            no_header: self.no_header,
            escapes: self.escape,
            repair_mojibake: self.repair_mojibake,
        }
    }
}

/// Columns, form and labels of files with labelled comments.
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
    #[command(flatten)]
    files: Files,
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
            format: self.files.format(),
            text_column: self.text_column.clone(),
            label_column: self.label_column.clone(),
            kinds_column: self.kinds_column.clone(),
            map: self.map.clone(),
            labels: self.labels.clone(),
            html: self.files.html.into(),
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
