//! The report, through the programs that write it.

use crate::common::{Folder, csv as small, repository};
use serde_json::Value;

/// Sections of the page, in their order.
const SECTIONS: [&str; 11] = [
    "summary",
    "confusion",
    "ranking",
    "reliability",
    "slider",
    "learning",
    "slices",
    "ngrams",
    "surprises",
    "mistakes",
    "suspects",
];

/// Every sixth of the comments of this repository.
fn some() -> Vec<u8> {
    let mut all = csv::Reader::from_path(repository("data/comments.csv")).unwrap();
    let mut some = csv::Writer::from_writer(Vec::new());
    some.write_record(all.headers().unwrap()).unwrap();
    all.records().step_by(6).for_each(|record| some.write_record(&record.unwrap()).unwrap());
    some.into_inner().unwrap()
}

/// A model, its report and its figures.
fn trained(more: &[&str]) -> (Folder, String, Value) {
    let folder = Folder::new(&[("comments.csv", &some())]);
    let mut args = vec!["comments.csv", "--out", "m.naqd", "--report", "report.html", "--json"];
    args.extend(more);
    let ran = folder.train(&args);
    ran.says(0, &[]);
    let page = folder.read("report.html");
    (folder, page, serde_json::from_str(&ran.out()).unwrap())
}

/// Asserts that every element is closed where it should be, and that no attribute is left open.
#[track_caller]
fn assert_well_formed(page: &str) {
    const VOID: [&str; 3] = ["meta", "br", "!doctype"];
    let mut open: Vec<String> = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>').unwrap_or_else(|| panic!("open tag: {:.60}", rest));
        let tag = &rest[..end];
        assert!(tag.matches('"').count().is_multiple_of(2), "<{tag}>");
        assert!(!tag.contains('<'), "<{tag}>");
        let name = |tag: &str| tag.split([' ', '\n', '/']).next().unwrap().to_lowercase();
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(&*name(closed)), "</{closed}>");
        } else if !tag.ends_with('/') && !VOID.contains(&&*name(tag)) {
            open.push(name(tag));
        }
        rest = &rest[end + 1..];
        // A style has no elements.
        if open.last().is_some_and(|name| name == "style") {
            rest = &rest[rest.find("</style>").expect("the style ends")..];
        }
    }
    assert_eq!(open, Vec::<String>::new());
}

/// Asserts that nothing is loaded from anywhere and nothing runs.
#[track_caller]
fn assert_self_contained(page: &str) {
    for loads in ["http:", "https:", "<script", "<link", "<img", "<iframe", " src=", "url(", "@import", "javascript:"] {
        assert!(!page.to_lowercase().contains(loads), "the page has {loads:?}");
    }
    assert!(page.contains("default-src 'none'"), "a content security policy");
}

#[test]
fn the_page_is_whole() {
    let (_, page, _) = trained(&[]);
    assert_well_formed(&page);
    assert_self_contained(&page);
    let places: Vec<usize> = SECTIONS
        .iter()
        .map(|id| page.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no section {id}")))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("@media print") && page.contains("viewport"));
    // Precision and recall, ROC, two of reliability, the slider, the learning curve.
    let plots: Vec<&str> = page.split("aria-label=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(page.matches("<svg ").count(), 6, "{plots:?}");
    assert!(page.contains("dir=\"auto\"") && page.contains("<mark "));
    assert!(page.contains("would add about"), "the learning curve is in the summary");
    assert!(page.len() < 400_000, "{} bytes", page.len());
}

#[test]
fn its_figures_are_those_of_the_training() {
    let (_, page, json) = trained(&[]);
    let three = |value: &Value| format!("{:.3}", value.as_f64().unwrap());
    let mut expected = vec![
        format!("<td>{}</td>", three(&json["figures"]["macro_f1"])),
        format!("<td>{}</td><td>{}</td>", three(&json["evidence"]["log_loss"]), three(&json["evidence"]["ece"])),
        format!("<td>{}</td><td>{}</td>", three(&json["verdict"]["log_loss"]), three(&json["verdict"]["ece"])),
    ];
    for class in json["figures"]["classes"].as_array().unwrap() {
        expected.push(format!(
            "<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>",
            three(&class["precision"]),
            three(&class["recall"]),
            three(&class["f1"]),
            three(&class["roc_auc"]),
            class["support"]
        ));
    }
    for row in json["figures"]["confusion"].as_array().unwrap() {
        let counts = row["predicted"].as_array().unwrap();
        expected.extend(counts.iter().map(|count| format!(">{count}<small>")));
    }
    for tally in ["published", "rejected"].map(|zone| &json["triage"][zone]) {
        if tally["comments"] != 0 {
            expected.push(format!("({} of {})", tally["wrong"], tally["comments"]));
        }
    }
    for expected in expected {
        assert!(page.contains(&expected), "no {expected:?}");
    }
}

#[test]
fn the_summary_says_what_is_decided() {
    let (_, page, json) = trained(&[]);
    let lead = page.split("<p class=\"lead\">").nth(1).unwrap().split("</p>").next().unwrap();
    if json["triage"]["thresholds"]["publish_below"].is_null() && json["triage"]["thresholds"]["reject_above"].is_null()
    {
        assert!(lead.starts_with("Nothing is decided without a person"), "{lead}");
    } else {
        let numbers: Vec<f64> = lead
            .split(|c: char| !(c.is_ascii_digit() || c == '.'))
            .filter_map(|number| number.trim_end_matches('.').parse().ok())
            .collect();
        let [all, both, publish, reject, hold] = numbers[..] else { panic!("{lead}") };
        assert_eq!(all, 100.0);
        assert!((both - publish - reject).abs() < 1e-6 && (both + hold - 100.0).abs() < 1e-6, "{lead}");
    }
}

#[test]
fn an_arabic_page_runs_from_right_to_left() {
    let (_, page, _) = trained(&["--report-language", "ar"]);
    assert!(page.contains("<html lang=\"ar\" dir=\"rtl\">") && page.contains("الخلاصة"));
    assert_well_formed(&page);
    assert_self_contained(&page);
}

/// Page without styles, quoted comments and n-grams, with the texts of its attributes.
fn own_text(page: &str) -> String {
    let mut text = page.to_owned();
    for (from, to) in [("<style>", "</style>"), ("<blockquote", "</blockquote>"), ("<td><bdi>", "</td>")] {
        while let Some(start) = text.find(from) {
            let end = start + text[start..].find(to).unwrap() + to.len();
            text.replace_range(start..end, " ");
        }
    }
    let mut own = String::new();
    for piece in text.split('<') {
        let (tag, after) = piece.split_once('>').unwrap_or(("", piece));
        for attribute in ["aria-label=\"", " title=\""] {
            own.extend(tag.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()));
        }
        own += " ";
        own += after;
    }
    own
}

#[test]
fn an_arabic_page_has_no_english_words() {
    let (folder, page, _) = trained(&["--report-language", "ar"]);
    std::fs::write(folder.path("less.csv"), "text,label\nyou fool,neutral\nthank you,critical|neutral\n").unwrap();
    folder.report(&["m.naqd", "less.csv", "--language", "ar"]).says(0, &[]);
    for page in [page, folder.read("report.html")] {
        let own = own_text(&page);
        let latin = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        for word in own.split(|c| !latin(c)).filter(|word| word.contains(|c: char| c.is_ascii_alphabetic())) {
            // Programs, options, files, symbols of metrics, and classes beside their Arabic names.
            let names =
                ["naqd", "naqd-train", "naqd-audit", "--report", "m.naqd", "comments.csv", "less.csv", "F1", "ROC"];
            let classes = ["abusive", "critical", "neutral"];
            assert!(names.contains(&word) || classes.contains(&word), "{word:?} is in the page: {own}");
        }
        for class in ["abusive", "critical", "neutral"] {
            assert_eq!(own.matches(class).count(), 1, "{class}, beside its Arabic name");
        }
    }
    assert!(folder.read("report.html").contains("ناقد أو محايد"));
}

/// What a browser measures of a page that is `width` wide: the width of its content, and the number of tables that are
/// wider than the page without scrolling on their own. Nothing if there is no browser that works.
fn measured(folder: &Folder, page: &str, width: u32, dark: bool) -> Option<(u32, u32)> {
    let browser = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(|name| {
        std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
    })?;
    let page = page.replace('&', "&amp;").replace('"', "&quot;");
    // A page measures its frame, since windows are at least 500 wide and the page itself forbids scripts.
    let around = format!(
        "<!DOCTYPE html><body><iframe style=\"width:{width}px;height:800px;border:0\" srcdoc=\"{page}\"></iframe><script>\
         onload = () => {{\
           const page = document.querySelector('iframe').contentDocument, root = page.documentElement;\
           const holds = table => {{\
             const box = table.parentElement, style = getComputedStyle(box);\
             return style.overflowX === 'auto' && box.getBoundingClientRect().right <= {width} \
               && box.getBoundingClientRect().left >= 0;\
           }};\
           const torn = [...page.querySelectorAll('table')].filter(table => !holds(table)).length;\
           document.body.innerHTML = `measured ${{root.scrollWidth}} ${{torn}} end`;\
         }};</script></body>"
    );
    std::fs::write(folder.path("around.html"), around).unwrap();
    let ran = std::process::Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)))
        .arg(format!("--user-data-dir={}", folder.path("browser").display()))
        .arg(format!("file://{}", folder.path("around.html").display()))
        .output()
        .ok()
        .filter(|ran| ran.status.success())?;
    let out = String::from_utf8_lossy(&ran.stdout).into_owned();
    let words: Vec<&str> = out.split("measured ").nth(1).unwrap_or_else(|| panic!("{out:.500}")).split(' ').collect();
    Some((words[0].parse().unwrap(), words[1].parse().unwrap()))
}

#[test]
fn the_page_fits_a_phone() {
    let long = "a-long-name-of-a-file-of-comments-from-the-archive-of-a-newspaper-2019-2026.csv";
    let folder = Folder::new(&[("comments.csv", &some()), (long, small(60).as_bytes())]);
    let bounds = ["--max-innocent-rejected", "30%", "--max-abusive-published", "20%"];
    let mut args = vec!["comments.csv", long, "--out", "m.naqd", "--report", "report.html", "--report-language", "ar"];
    args.extend(bounds);
    folder.train(&args).says(0, &[]);
    folder.report(&["m.naqd", "comments.csv", long, "--output", "english.html"]).says(0, &[]);
    for (page, dark) in [("report.html", false), ("report.html", true), ("english.html", false)] {
        let Some((width, torn)) = measured(&folder, &folder.read(page), 390, dark) else {
            eprintln!("skipped: no browser (chromium) to measure the page in");
            return;
        };
        assert!(width <= 390, "{page}: the page is {width} wide and scrolls sideways");
        assert_eq!(torn, 0, "{page}: tables without a container that scrolls");
    }
}

#[test]
fn comments_are_text_whatever_they_say() {
    let folder = Folder::new(&[("comments.csv", small(60).as_bytes())]);
    folder.train(&["comments.csv", "--out", "m.naqd"]).says(0, &[]);
    let hostile = "you fool </blockquote><script>alert('x')</script><img src=https://example.org/x onerror=alert(1)>";
    let hidden = "you fool \u{202E}what an idiot\u{0007}";
    let long = format!("{} you fool", "word ".repeat(20_000));
    let mut labelled = String::from("text,label\n");
    for text in [hostile, hidden, &long] {
        labelled += &format!("\"{text}\",neutral\n");
    }
    std::fs::write(folder.path("a\"><b>.csv"), labelled).unwrap();
    folder.report(&["m.naqd", "a\"><b>.csv"]).says(0, &[]);
    let page = folder.read("report.html");
    assert_well_formed(&page);
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("<b>"), "markup of a comment");
    assert!(page.contains("script&#62;alert(&#39;x&#39;)"), "the comment is quoted");
    assert!(!page.contains('\u{202E}') && !page.contains('\u{7}') && page.contains('\u{FFFD}'));
    assert!(page.len() < 200_000, "{} bytes: long comments are cut", page.len());
}

#[test]
fn any_labelled_file_has_a_report() {
    let folder = Folder::new(&[("comments.csv", small(60).as_bytes()), ("later.csv", small(9).as_bytes())]);
    folder.train(&["comments.csv", "--out", "m.naqd"]).says(0, &[]);
    folder.report(&["m.naqd", "later.csv", "comments.csv", "--output", "later.html"]).says(0, &[]);
    let page = folder.read("later.html");
    assert_well_formed(&page);
    assert_self_contained(&page);
    for id in SECTIONS {
        assert!(page.contains(&format!("id=\"{id}\"")), "no section {id}");
    }
    assert!(page.contains("later.csv") && page.contains("naqd-train --report"));
    // Labels that say less, and a model of fewer of its classes.
    std::fs::write(folder.path("less.csv"), "text,label\nyou fool,abusive\nthank you,critical|neutral\n").unwrap();
    folder.report(&["m.naqd", "less.csv"]).says(0, &[]);
    assert!(folder.read("report.html").contains("critical|neutral"));
}

#[test]
fn a_model_without_a_class_of_abuse_decides_nothing() {
    let folder = Folder::new(&[("comments.csv", small(30).replace("abusive", "خبيث").as_bytes())]);
    folder.train(&["comments.csv", "--out", "m.naqd", "--report", "r.html"]).says(0, &[]);
    let page = folder.read("r.html");
    assert_well_formed(&page);
    assert!(page.contains("triage needs a class of its own named abusive"));
}

#[test]
fn what_cannot_be_reported_is_said() {
    let folder = Folder::new(&[
        ("comments.csv", small(30).as_bytes()),
        ("other.csv", b"text,label\nyou fool,rejected\n"),
        ("bad.csv", b"text,label\nyou fool,abusive\n,neutral\nthank you,neutral\n"),
        ("empty.csv", b"text,label\n"),
    ]);
    folder.train(&["comments.csv", "--out", "m.naqd"]).says(0, &[]);
    folder.report(&["m.naqd", "other.csv"]).says(2, &["\"rejected\"", "abusive, critical, neutral", "--map rejected="]);
    folder.report(&["m.naqd", "empty.csv"]).says(2, &["no labelled comments"]);
    folder.report(&["comments.csv", "bad.csv"]).says(2, &["comments.csv"]);
    folder.report(&["m.naqd", "comments.csv", "--output", "comments.csv"]).says(2, &["is also an input file"]);
    folder.report(&["m.naqd", "comments.csv", "--output", "no/r.html"]).says(2, &["no folder no"]);
    assert!(!folder.names().contains(&"report.html".to_owned()), "{:?}", folder.names());
    folder.report(&["m.naqd", "other.csv", "--map", "rejected=abusive"]).says(0, &[]);
    folder.report(&["m.naqd", "bad.csv", "--output", "bad.html"]).says(1, &["bad.csv:3", "1 rows could not be used"]);
    assert_well_formed(&folder.read("bad.html"));
    folder.train(&["comments.csv", "--out", "n.naqd", "--report", "comments.csv"]).says(2, &["is also an input file"]);
    assert!(!folder.names().contains(&"n.naqd".to_owned()));
}

#[test]
fn the_report_on_the_test_comments_is_small() {
    let folder = Folder::new(&[]);
    let model = repository("models/default.naqd");
    let test = repository("data/test.csv");
    folder.report(&[model.to_str().unwrap(), test.to_str().unwrap(), "--language", "ar"]).says(0, &[]);
    let page = folder.read("report.html");
    assert_well_formed(&page);
    assert_self_contained(&page);
    assert!(page.len() < 300_000, "{} bytes", page.len());
}
