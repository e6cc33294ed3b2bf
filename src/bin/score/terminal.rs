//! Table for people: one comment after the other, coloured, Arabic from right to left.

use std::ops::Range;

use console::{Style, StyledObject, measure_text_width};
use naqd::Probabilities;
use naqd::internal::ngrams::is_right_to_left;
use naqd::{Explanation, Piece};
use naqd::{Judgement, Reason, Rules};

use crate::shared::whole_percent;
use crate::write::{Outcome, notify};

/// Layout of the table.
pub struct Table<'a> {
    pub classes: &'a [String],
    /// Maximum width of a line, in columns.
    pub width: usize,
    pub rules: Option<&'a Rules>,
    /// Decisions are shown as what would have been done.
    pub watch_only: bool,
}

/// Heading of the table in watch-only mode.
pub const WATCH_ONLY: &str = "Watch only: the table shows what naqd would do. Nothing is acted on.\n\n";

/// Maximum number of matched rules that are shown for a comment.
const MAX_RULES: usize = 20;

impl Table<'_> {
    /// Comment with its verdict. `place` is its file and line.
    pub fn row(&self, place: &str, text: &str, outcome: &Outcome) -> String {
        let (mut out, place) = (String::new(), &*clean(place));
        match outcome {
            Outcome::Error(error) => {
                out += &format!("{}  {place}\n", Style::new().reverse().apply_to(format!(" {error} ")));
                out += &self.paragraph(text, &[]);
            }
            Outcome::Score(judgement) => {
                out += &self.head(place, judgement.verdict.class, &judgement.verdict.probabilities, outcome);
                out += &self.paragraph(text, &[]);
            }
            Outcome::Explained(judgement, text) => self.explained(&mut out, place, outcome, judgement, text),
        }
        out.push('\n');
        out
    }

    fn explained(
        &self,
        out: &mut String,
        place: &str,
        outcome: &Outcome,
        judgement: &Judgement<Explanation>,
        text: &str,
    ) {
        let explanation = &judgement.verdict;
        let verdict = &explanation.verdict;
        *out += &self.head(place, verdict.class, &verdict.probabilities, outcome);
        let telling = explanation.telling();
        // Pieces with larger weights come first; a word keeps the colour of the first piece that has it. Words for
        // neutral, or with less than a quarter of the largest weight, have no colour, so that the others stand out.
        let mut marks: Vec<(Range<usize>, Style)> = Vec::new();
        let min_weight = telling.first().map_or(0.0, |piece| piece.weight / 4.0);
        for piece in telling.iter().filter(|piece| piece.weight >= min_weight && self.classes[piece.class] != "neutral")
        {
            let span = &piece.span;
            if marks.iter().all(|(other, _)| span.end <= other.start || other.end <= span.start) {
                marks.push((span.clone(), self.style(piece.class)));
            }
        }
        marks.sort_by_key(|(span, _)| span.start);
        *out += &self.paragraph(text, &marks);
        if verdict.sentences.len() > 1 {
            for sentence in &verdict.sentences {
                let (label, probabilities) = (sentence.score.class, &sentence.score.probabilities);
                let head = format!("  {:>4} {}", whole_percent(probabilities[label]), clean(&self.classes[label]));
                let text = clean(&text[sentence.span.clone()]);
                *out +=
                    &format!("{}  {}\n", self.style(label).apply_to(head), isolate(&shorten(&text, self.width / 2)));
            }
        }
        let words = self.words(&telling, text);
        if !words.is_empty() {
            *out += &format!("  words: {words}\n");
        }
        for found in judgement.matches.iter().take(MAX_RULES) {
            let Some(rule) = self.rules.and_then(|rules| rules.list().get(found.rule)) else { continue };
            let note = if rule.note.is_empty() { String::new() } else { format!(": {}", isolate(&clean(&rule.note))) };
            let found = isolate(&clean(&text[found.span.clone()]));
            *out += &format!("  rule, line {}: {} {found}{note}\n", rule.line, rule.effect);
        }
    }

    /// Words with the largest weights, as many as fit into a line. Without colours each is followed by its class.
    fn words(&self, pieces: &[&Piece], text: &str) -> String {
        let mut words = String::new();
        for piece in pieces {
            let word = self.style(piece.class).apply_to(isolate(&clean(&text[piece.span.clone()])));
            let next = match console::colors_enabled() {
                true => format!("{word} {:+.2}", piece.weight),
                false => format!("{word} [{}] {:+.2}", clean(&self.classes[piece.class]), piece.weight),
            };
            if measure_text_width(&words) + measure_text_width(&next) + 12 > self.width {
                break;
            }
            words += if words.is_empty() { "" } else { ", " };
            words += &next;
        }
        words
    }

    fn head(&self, place: &str, label: usize, probabilities: &Probabilities, outcome: &Outcome) -> String {
        let bold: StyledObject<String> = self.style(label).bold().apply_to(clean(&self.classes[label]));
        let numbers: Vec<String> = self
            .classes
            .iter()
            .zip(probabilities.as_slice())
            .map(|(class, probability)| format!("{} {}", clean(class), whole_percent(*probability)))
            .collect();
        let kinds = match outcome.score().map_or("", |score| score.kinds.named.as_str()) {
            "" => String::new(),
            kinds => format!(" ({kinds})"),
        };
        let decided = outcome.decision(self.rules).map_or(String::new(), |(decision, reason)| {
            let reason = if decision.reason == Reason::Score { String::new() } else { clean(&reason) };
            let said = [decision.action.as_str(), &reason, notify(&decision)];
            let said: Vec<&str> = said.into_iter().filter(|said| !said.is_empty()).collect();
            format!("{}{}  ", if self.watch_only { "would " } else { "" }, said.join(", "))
        });
        format!(
            "{bold}{kinds}  {decided}{}\n",
            Style::new().dim().apply_to(format!("{}  {place}", numbers.join(" · ")))
        )
    }

    /// Red for abusive, yellow for critical, green for neutral; other names get colours by their place.
    fn style(&self, class: usize) -> Style {
        match self.classes[class].as_str() {
            "abusive" => Style::new().red().bright(),
            "critical" => Style::new().yellow().bright(),
            "neutral" | "critical|neutral" => Style::new().green(),
            _ => [Style::new().magenta(), Style::new().cyan(), Style::new().blue()][class % 3].clone(),
        }
    }

    /// Whole text, broken into lines; each line stands at the right if the text is written from right to left.
    /// `marks` are spans with their style, in order, not overlapping.
    fn paragraph(&self, text: &str, marks: &[(Range<usize>, Style)]) -> String {
        let rtl = is_right_to_left(text);
        let columns = self.width.saturating_sub(4).max(20);
        let mut out = String::new();
        let (mut line, mut used) = (String::new(), 0);
        let mut marks = marks.iter().peekable();
        let mut flush = |line: &mut String, used: &mut usize| {
            if *used > 0 {
                let pad = if rtl { columns - (*used).min(columns) } else { 0 };
                out += &format!("  {:pad$}{}\n", "", if rtl { isolated(line) } else { std::mem::take(line) });
            }
            (*line, *used) = (String::new(), 0);
        };
        let mut at = 0;
        for word in text.split_inclusive(char::is_whitespace) {
            let bare = word.trim_end();
            let width = measure_text_width(&clean(bare));
            if used > 0 && used + 1 + width > columns {
                flush(&mut line, &mut used);
            }
            if !bare.is_empty() {
                if used > 0 {
                    line.push(' ');
                    used += 1;
                }
                let mut from = at;
                let end = at + bare.len();
                while let Some((span, style)) = marks.peek() {
                    if span.start >= end {
                        break;
                    }
                    let (start, stop) = (span.start.max(from), span.end.min(end));
                    line += &clean(&text[from..start]);
                    line += &style.apply_to(clean(&text[start..stop.max(start)])).to_string();
                    from = stop.max(start);
                    if span.end > end {
                        break;
                    }
                    marks.next();
                }
                line += &clean(&text[from..end]);
                used += width;
            }
            at += word.len();
            if word.ends_with('\n') {
                flush(&mut line, &mut used);
            }
        }
        flush(&mut line, &mut used);
        out
    }
}

/// Text without characters that could move the cursor, change colours or turn the direction of what follows.
fn clean(text: &str) -> String {
    let hidden = |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .filter(|c| !hidden(*c))
        .map(|c| match c {
            c if c.is_whitespace() => ' ',
            c if c.is_control() => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

/// Text between marks that let a terminal lay it out in its own direction (right to left for Arabic).
fn isolate(text: &str) -> String {
    if is_right_to_left(text) { isolated(text) } else { text.to_owned() }
}

/// Text between U+2067 RIGHT-TO-LEFT ISOLATE and U+2069 POP DIRECTIONAL ISOLATE.
fn isolated(text: &str) -> String {
    format!("\u{2067}{text}\u{2069}")
}

fn shorten(text: &str, width: usize) -> String {
    console::truncate_str(text, width, "…").into_owned()
}
