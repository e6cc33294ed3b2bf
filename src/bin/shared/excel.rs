//! Option for CSV that Excel opens.

use naqd::internal::io::{Dialect, ExcelDelimiter, Form, excel_delimiter};

/// Form of CSV output.
#[derive(clap::Args)]
pub struct Excel {
    /// Write CSV that Excel opens by a double click, in Arabic too
    ///
    /// With a byte order mark, and an apostrophe before each cell that Excel would take for a formula; naqd takes it off
    /// again when it reads the file. --excel=semicolon if Excel shows all in one column, --excel=comma for the other
    /// case; without either, as the input has it.
    #[arg(
        long = "excel",
        value_name = "DELIMITER",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        hide_default_value = true,
        value_parser = excel_delimiter
    )]
    pub excel_delimiter: Option<ExcelDelimiter>,
}

impl Excel {
    /// Form of the output for an input of this form.
    pub fn form(&self, input: Dialect) -> Form {
        self.excel_delimiter.map_or(Form::of(input), |delimiter| Form::excel(delimiter, input.delimiter))
    }
}
