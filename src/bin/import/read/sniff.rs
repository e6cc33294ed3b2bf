//! Format of an export, by its first bytes.

use std::path::Path;

/// Format of an export.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Format {
    /// Found out from the first bytes
    Auto,
    /// WordPress: Tools › Export (WXR, an XML file)
    Wxr,
    /// WordPress: pages of the REST API
    WordpressJson,
    /// WordPress: the table wp_comments, as CSV, as tab-separated lines or in a dump (mysqldump)
    WordpressSql,
    /// Coral: mongoexport of comments and of commentModerationActions, two files
    Coral,
    /// Disqus: Moderation panel › Export (XML)
    Disqus,
    /// Any JSON, by pointers
    Json,
}

impl Format {
    /// True if it is JSON: then the first bytes may not tell which.
    pub fn is_json(self) -> bool {
        matches!(self, Format::WordpressJson | Format::Coral | Format::Json)
    }

    /// Name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Auto => "auto",
            Format::Wxr => "wxr",
            Format::WordpressJson => "wordpress-json",
            Format::WordpressSql => "wordpress-sql",
            Format::Coral => "coral",
            Format::Disqus => "disqus",
            Format::Json => "json",
        }
    }
}

/// Format of a file by its first bytes.
///
/// # Errors
/// A sentence that says what the file is instead, and what to do.
pub fn sniff(file: &Path, head: &[u8]) -> Result<Format, String> {
    let text = String::from_utf8_lossy(head);
    let start = text.trim_start();
    let has = |word: &str| text.contains(word);
    let fault = |what: &str| Err(format!("{}: {what}", file.display()));
    if start.is_empty() {
        return fault("an empty file; export again");
    }
    if start.starts_with('<') {
        let lower = start.get(..start.floor_char_boundary(2000)).unwrap_or(start).to_lowercase();
        return if lower.contains("<!doctype html") || lower.contains("<html") {
            fault("a web page and no export: the download may have asked for a login; download it again in the browser")
        } else if has("<disqus") {
            Ok(Format::Disqus)
        } else if has("wordpress.org/export/") || has("<wp:") {
            Ok(Format::Wxr)
        } else if has("<rss") {
            fault("a feed (RSS) and no export; in WordPress use Tools > Export > All content")
        } else {
            fault("XML of a system that naqd-import does not know; known are WordPress (wxr) and Disqus (disqus)")
        };
    }
    if start.starts_with(['{', '[']) {
        return Ok(if has("\"commentRevisionID\"") || has("\"revisions\"") && has("\"storyID\"") {
            Format::Coral
        } else if has("\"author_name\"") && (has("\"rendered\"") || has("\"raw\"")) || has("\"code\":\"rest_") {
            Format::WordpressJson
        } else {
            Format::Json
        });
    }
    if text.lines().next().is_some_and(|line| line.contains("comment_content"))
        || super::sql::is_table(head)
        || super::dump::is_dump(head)
    {
        return Ok(Format::WordpressSql);
    }
    fault(
        "no export that naqd-import knows; a CSV file with comments needs no import: give it to naqd-train or naqd-score",
    )
}
