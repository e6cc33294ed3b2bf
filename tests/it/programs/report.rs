//! The report, through the programs that write it.

use crate::common::{Folder, csv as small, repository, two_scripts};
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

/// Figures of each expert, or of the only one.
fn experts(json: &Value) -> Vec<Value> {
    json["experts"].as_array().cloned().unwrap_or_else(|| vec![json.clone()])
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
    // Precision and recall, ROC, two of reliability, the slider of each script, the learning curve.
    let plots: Vec<&str> = page.split("aria-label=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(page.matches("<svg ").count(), 7, "{plots:?}");
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
    for tally in experts(&json).iter().flat_map(|of| ["published", "rejected"].map(|zone| of["triage"][zone].clone())) {
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

/// Text of the elements of a page between two marks, without signs of direction.
fn between<'p>(page: &'p str, from: &str, to: &str) -> String {
    let part: &'p str = page.split(from).nth(1).unwrap_or_else(|| panic!("no {from}")).split(to).next().unwrap();
    let mut text = String::new();
    for piece in part.split('<') {
        text += piece.split_once('>').map_or(piece, |(_, after)| after);
    }
    text.replace(['\u{2066}', '\u{2068}', '\u{2069}'], "")
}

fn steps(page: &str) -> Vec<String> {
    let list = page.split("<ol class=\"steps\">").nth(1).unwrap().split("</ol>").next().unwrap();
    list.split("<li>").skip(1).map(|step| between(&format!("#{step}#"), "#", "#")).collect()
}

/// What `percent` of the report writes.
fn percent(wrong: &Value, of: &Value) -> String {
    let share = wrong.as_f64().unwrap() * 100.0 / of.as_f64().unwrap();
    let text = if share >= 9.95 { format!("{share:.0}") } else { format!("{share:.1}") };
    format!("{}%", text.strip_suffix(".0").unwrap_or(&text))
}

/// Trains with a report in both languages and a card, and returns them with the metrics.
fn reported(folder: &Folder, more: &[&str]) -> ([String; 2], String, Value) {
    let pages = ["en", "ar"].map(|language| {
        let mut args =
            vec!["comments.csv", "--report", "report.html", "--report-language", language, "--card", "card.md"];
        args.extend(more);
        let ran = folder.train(&[&args[..], &["--json"]].concat());
        assert_eq!(ran.code(), 0, "{}", ran.err());
        std::fs::write(folder.path("metrics.json"), ran.out()).unwrap();
        let page = folder.read("report.html");
        assert_well_formed(&page);
        assert!(own_text(&page).contains(if language == "ar" {
            "ما العمل الآن؟"
        } else {
            "What to do now"
        }));
        page
    });
    (pages, folder.read("card.md"), serde_json::from_str(&folder.read("metrics.json")).unwrap())
}

/// Promises are told from the comments that the thresholds were chosen on, and a script in which one is broken is named
/// above everything else.
#[test]
fn a_guarantee_that_is_broken_in_a_script_is_a_warning() {
    let folder = Folder::new(&[("comments.csv", two_scripts().as_bytes())]);
    let ([english, arabic], card, json) =
        reported(&folder, &["--from", "none", "--max-abusive-published", "15%", "--max-innocent-rejected", "10%"]);
    let (triage, set_aside) = (&json["triage"], &json["set_aside"]["comments"]);
    let of_script = &triage["by_script"][1];
    assert_eq!((&of_script["script"], &of_script["publish_broken"]), (&"other".into(), &true.into()), "{triage}");
    let (wrong, all) = (&of_script["published"]["wrong"], &of_script["published"]["comments"]);
    let warned = between(&english, "<div class=\"warning\" role=\"note\">", "</div>");
    let expected = format!(
        "comments not in Arabic script: of those published, {} are abusive ({wrong} of {all})",
        percent(wrong, all)
    );
    assert!(warned.contains("Warning:") && warned.contains(&expected), "{warned}");
    assert!(english.find("class=\"warning\"") < english.find("id=\"summary\""), "the warning is on top");
    let warned = between(&arabic, "<div class=\"warning\" role=\"note\">", "</div>");
    let expected = format!("بحروف غير عربية، كاللاتينية: نسبة المسيء في المنشور منها {}", percent(wrong, all));
    assert!(warned.contains("تحذير:") && warned.contains(&expected), "{warned}");
    assert!(card.contains(&format!("({wrong} of {all}), **broken**")), "{card}");
    assert!(steps(&english)[0].starts_with("Before naqd decides alone on comments not in Arabic script"));
    assert!(steps(&english)[0].contains("--max-abusive-published"));
    assert!((1..=4).contains(&steps(&english).len()) && steps(&english).len() == steps(&arabic).len());

    let summary = between(&english, "<section class=\"summary\" id=\"summary\">", "</section>");
    let rates = &triage["rates"];
    for (zone, of) in
        [("published", "Of all abuse"), ("rejected", "Of all criticism and other comments that are not abusive")]
    {
        let (wrong, decided, all) = (&rates[zone]["wrong"], &triage[zone]["comments"], &rates[zone]["all_wrong"]);
        for expected in [
            format!("({wrong} of {decided})"),
            format!("{of}, {} would be {zone} ({wrong} of {all})", percent(wrong, all)),
        ] {
            assert!(summary.contains(&expected), "no {expected:?}: {summary}");
        }
    }
    for expected in [
        format!("counted on {set_aside} comments that nothing was learnt from"),
        "both hold together with at least 90% confidence".to_owned(),
        "the guarantees are for the share in the first row".to_owned(),
    ] {
        assert!(summary.contains(&expected), "no {expected:?}: {summary}");
    }
    assert!(card.contains(&format!("Chosen on {set_aside} comments that nothing was learnt from")), "{card}");
    assert!(card.contains("both hold together with at least 90 %") && card.contains("\n| 3 % |"), "{card}");
    assert!(steps(&english).last().unwrap().contains("naqd-score --watch-only"));
}

/// What would help is as the terminal says it.
#[test]
fn guarantees_that_cannot_be_given_have_advice() {
    let mut comments = some();
    comments.extend(b"x1,Where is the source of this?,critical,,,,,\nx2,Where is the source of this?,abusive,,,,,\n");
    let folder = Folder::new(&[("comments.csv", &comments)]);
    let bounds = ["--max-abusive-published", "3%", "--max-innocent-rejected", "5%"];
    let ([english, arabic], card, json) = reported(&folder, &bounds);
    let terminal = folder.train(&[&["comments.csv"], &bounds[..]].concat()).out();
    let steps = [steps(&english), steps(&arabic)];
    let zones = [("publish", "--max-abusive-published"), ("reject", "--max-innocent-rejected")];
    let experts = experts(&json);
    assert_eq!(experts.len(), 2);
    for (expert, (zone, option)) in experts.iter().flat_map(|of| zones.map(|zone| (of, zone))) {
        let outlook = &expert["triage"][zone];
        let mut expected = Vec::new();
        if let Some(smallest) = outlook["smallest"].as_f64() {
            let smallest = (smallest * 1e6).round() / 1e4;
            let said = format!("cannot be guaranteed with these comments; {smallest} % can be");
            assert!(
                terminal.contains(&said) && card.contains(&format!("about {smallest} % can be")),
                "{terminal}{card}"
            );
            // Nobody is advised to accept more than that.
            expected.extend((smallest <= 25.0).then(|| format!("{option} {smallest}%")));
        }
        if let Some(more) = outlook["more"].as_u64() {
            assert!(terminal.contains(&format!("about {more} more like these")), "{terminal}");
            assert!(card.contains(&format!("it takes about {more} more labelled comments")), "{card}");
            expected.push(more.to_string());
        } else {
            assert!(steps[0].iter().any(|step| step.contains("More comments alone would not help.")), "{steps:?}");
        }
        for (steps, expected) in steps.iter().flat_map(|steps| expected.iter().map(move |of| (steps, of))) {
            let said = steps.iter().any(|step| step.replace(',', "").contains(expected));
            assert!(said, "no {expected}: {steps:?}");
        }
    }
    // What both scripts need is said once, and of the others the script.
    assert!(steps[0].len() == steps[1].len() && (3..=5).contains(&steps[0].len()), "{steps:?}");
    assert!(steps[0].iter().any(|step| step.starts_with("For comments in Arabic script, so that naqd can publish:")));
    let last = steps[0].last().unwrap();
    assert!(last.contains("1 contradictory label:") && last.contains("naqd-audit"), "{steps:?}");
    assert!(!english.contains("class=\"warning\"") && !english.contains("--watch-only"));
}

#[test]
fn an_empty_guarantee_is_none() {
    let folder = Folder::new(&[("comments.csv", two_scripts().as_bytes())]);
    let ([english, arabic], card, json) =
        reported(&folder, &["--from", "none", "--max-abusive-published", "60%", "--max-innocent-rejected", "70%"]);
    assert_eq!((&json["triage"]["publish"]["empty"], &json["triage"]["reject"]["empty"]), (&true.into(), &true.into()));
    assert!(
        english.contains("no useful guarantee") && english.contains("says nothing, since publishing every comment")
    );
    assert!(arabic.contains("لا تتيح هذه التعليقات أي ضمان مفيد"));
    assert!(
        steps(&english)[0].contains("--max-abuse-let-through 20%")
            && steps(&arabic)[0].contains("--max-abuse-let-through 20%")
    );
    assert!(steps(&english)[1].contains("--max-innocent-rejected"));
    assert!(card.contains("is an empty promise"), "{card}");
}

/// A share that was stated is the one that the guarantees are told for.
#[test]
fn a_stated_share_of_abuse_is_named() {
    let folder = Folder::new(&[("comments.csv", two_scripts().as_bytes())]);
    let bounds = ["--max-abusive-published", "15%", "--max-innocent-rejected", "30%", "--max-abuse-let-through", "40%"];
    let ([english, arabic], card, json) = reported(&folder, &[&bounds[..], &["--abusive-share", "12.5%"]].concat());
    let experts = experts(&json);
    assert!(experts.iter().any(|of| of["triage"]["thresholds"]["publish_below"].is_number()), "{experts:?}");
    let summary = between(&english, "<section class=\"summary\" id=\"summary\">", "</section>");
    assert!(summary.contains("If 12.5% of the comments are abusive, as was stated, about"), "{summary}");
    assert!(summary.contains("guaranteed that at most 40% of all abuse is published"), "{summary}");
    assert!(!summary.contains("--abusive-share") && !summary.contains("first row"), "{summary}");
    assert!(arabic.contains("كما ذُكر عند التدريب"));
    assert!(card.contains("| 12.5 %, as stated: guaranteed |") && !card.contains("\n| 3 % |"), "{card}");
}

/// Comments of `--thresholds-on` are those that the promises are told from.
#[test]
fn thresholds_on_other_comments_are_told_from_them() {
    let labelled = two_scripts();
    type Rows<'l> = Vec<(usize, &'l str)>;
    let (learnt, fresh): (Rows, Rows) = labelled.lines().enumerate().skip(1).partition(|(line, _)| line % 4 > 0);
    let csv = |rows: Rows| {
        let rows: Vec<&str> = rows.into_iter().map(|(_, row)| row).collect();
        format!("text,label\n{}\n", rows.join("\n"))
    };
    let folder = Folder::new(&[("comments.csv", csv(learnt).as_bytes()), ("fresh.csv", csv(fresh).as_bytes())]);
    let bounds = ["--from", "none", "--max-abusive-published", "20%", "--max-innocent-rejected", "10%"];
    let ([english, _], card, json) = reported(&folder, &[&bounds[..], &["--thresholds-on", "fresh.csv"]].concat());
    let rates = &json["triage"]["rates"]["published"];
    let tested = rates["all_wrong"].as_u64().unwrap() + rates["all_right"].as_u64().unwrap();
    let summary = between(&english, "<section class=\"summary\" id=\"summary\">", "</section>");
    assert!(
        summary.contains(&format!("counted on {tested} comments of fresh.csv that nothing was learnt from")),
        "{summary}"
    );
    assert!(card.contains(&format!("Chosen on {tested} comments of fresh.csv")), "{card}");
    assert!(english.contains("the thresholds were chosen on comments of other files"));
    // Comments to choose on are needed, not comments to learn from.
    let more = json["triage"]["reject"]["more"]
        .as_u64()
        .unwrap_or_else(|| panic!("an error of 10 % is not proved: {}", json["triage"]));
    let terminal = folder.train(&[&["comments.csv", "--thresholds-on", "fresh.csv"], &bounds[..]].concat()).out();
    assert!(terminal.contains(&format!("10 % with about {more} more like these")), "{terminal}");
    assert!(steps(&english)[0].replace(',', "").contains(&format!("about {more} more comments")));
}

#[test]
fn an_arabic_page_runs_from_right_to_left() {
    let (_, page, _) = trained(&["--report-language", "ar"]);
    assert!(page.contains("<html lang=\"ar\" dir=\"rtl\">") && page.contains("الخلاصة"));
    assert_well_formed(&page);
    assert_self_contained(&page);
}

/// Page without styles, quoted comments, n-grams and commands, with the texts of its attributes.
fn own_text(page: &str) -> String {
    let mut text = page.to_owned();
    let left_out =
        [("<style>", "</style>"), ("<blockquote", "</blockquote>"), ("<td><bdi>", "</td>"), ("<code", "</code>")];
    for (from, to) in left_out {
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
    let folder = Folder::new(&[("comments.csv", two_scripts().as_bytes()), (long, small(60).as_bytes())]);
    let bounds = ["--max-innocent-rejected", "30%", "--max-abusive-published", "15%"];
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
    folder.train(&["comments.csv", "--from", "none", "--out", "m.naqd"]).says(0, &[]);
    let hostile = "you fool </blockquote><script>alert('x')</script><img src=https://example.org/x onerror=alert(1)>";
    let hidden = "you fool \u{202E}what an idiot\u{0007}";
    let long = format!("{} you fool", "word ".repeat(20_000));
    let mut labelled = String::from("text,label\n");
    for text in [hostile, hidden, &long] {
        labelled += &format!("\"{text}\",neutral\n");
    }
    std::fs::write(folder.path("a\"><b>.csv"), labelled).unwrap();
    folder.report(&["m.naqd", "a\"><b>.csv", "--html=no"]).says(0, &[]);
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
