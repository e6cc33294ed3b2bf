//! From a model and labelled comments to what stands on the page.

use askama::Template;
use rayon::prelude::*;

use super::curves::{likeliest, of_class, ranking, reliability, slider};
use super::decided::{Decided, abusive, wrong};
use super::ngrams::{Weighty, ngrams};
use super::page::{
    Cell, Class, Figure, Learning, Ngrams, Page, Quote, Row, Slice as Slicing, Slider, Stretch, Swatch, Weight, Zone,
};
use super::plots::{CLASS_COLOURS, Line, Look, Plot, Scale};
use super::quotes::{quote, telling};
use super::summary::{count, gain, percent};
use super::words::{Words, fill};
use super::{LearningCurve, Scored, Subject};
use crate::audit::{Kind, against, label_errors};
use crate::classifier::{Classifier, Explanation, Score};
use crate::evaluate::{Calibration, Figures, calibration, figures, name};
use crate::label::{LabelSet, Probabilities};
use crate::slices::Slice;

/// Most mistakes that are quoted of each pair of label and class, and most pairs.
const MISTAKES: usize = 4;
const PAIRS: usize = 6;
/// Most labels in doubt that are quoted.
const SUSPECTS: usize = 15;

/// A subject with all that several parts of the page need.
pub(crate) struct View<'a> {
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) t: &'static Words,
    pub(crate) classifier: Classifier,
    /// Colour of each class.
    pub(crate) colours: Vec<usize>,
    pub(crate) scores: &'a [(usize, Score)],
    labels: Vec<LabelSet>,
    probabilities: Vec<Probabilities>,
    /// Probabilities before calibration.
    uncalibrated: Vec<Probabilities>,
    pub(crate) before: Calibration,
    pub(crate) after: Calibration,
    pub(crate) figures: Figures,
    pub(crate) decided: Option<Decided>,
}

pub(crate) fn page(subject: &Subject, t: &'static Words) -> String {
    let page = View::new(subject, t).page();
    // Writing to a string does not fail.
    page.render().unwrap_or_default()
}

/// The colour of each class: abuse red, criticism yellow, the neutral green, others as they come.
fn colours(classes: &[String]) -> Vec<usize> {
    let known = |class: &str| ["abusive", "critical", "neutral"].iter().position(|name| *name == class);
    let mut others = (3..CLASS_COLOURS).cycle();
    let two = classes.len() == 2;
    let other = |others: &mut dyn Iterator<Item = usize>| others.next().unwrap_or(0);
    classes
        .iter()
        .map(|class| {
            known(class).unwrap_or_else(|| if two && class.contains("critical") { 2 } else { other(&mut others) })
        })
        .collect()
}

fn three(number: f64) -> String {
    format!("{number:.3}")
}

fn or_none(number: Option<f64>) -> String {
    number.map_or("–".to_owned(), three)
}

impl<'a> View<'a> {
    fn new(subject: &'a Subject<'a>, t: &'static Words) -> View<'a> {
        let (corpus, model) = (subject.corpus, subject.model);
        let classifier = Classifier::new(model);
        let scores: &[(usize, Score)] = match &subject.scored {
            Scored::HeldOut(trained, _) => &trained.judged,
            Scored::ByModel(scores) => scores,
        };
        let labels: Vec<LabelSet> = scores.iter().map(|(comment, _)| corpus.labels[*comment]).collect();
        let probabilities: Vec<Probabilities> = scores.iter().map(|(_, score)| score.probabilities).collect();
        let alone = |comment: usize| {
            let text = &corpus.texts[comment];
            let held_out = match &subject.scored {
                Scored::HeldOut(trained, _) => trained.held_out.evidence_alone(comment, text),
                Scored::ByModel(_) => None,
            };
            held_out.unwrap_or_else(|| classifier.evidence_alone(text))
        };
        let uncalibrated: Vec<Probabilities> = scores.par_iter().map(|&(comment, _)| alone(comment)).collect();
        let (before, after, figures) = match &subject.scored {
            Scored::HeldOut(trained, _) => {
                let report = &trained.report;
                (report.evidence, report.verdict, report.figures.clone())
            }
            Scored::ByModel(_) => {
                let predicted: Vec<usize> = scores.iter().map(|(_, score)| score.label).collect();
                (
                    calibration(&labels, &uncalibrated),
                    calibration(&labels, &probabilities),
                    figures(&model.classes, &labels, &predicted, &probabilities),
                )
            }
        };
        let decided = Decided::count(&classifier, corpus, subject.repeats, &scores.iter().collect::<Vec<_>>());
        View {
            colours: colours(&model.classes),
            subject,
            t,
            classifier,
            scores,
            labels,
            probabilities,
            uncalibrated,
            before,
            after,
            figures,
            decided,
        }
    }

    fn classes(&self) -> &[String] {
        &self.subject.model.classes
    }

    fn page(&self) -> Page<'a> {
        let t = self.t;
        let lists = ngrams(self.subject.model, &self.classifier, self.subject.corpus);
        let weights = |list: &[Weighty]| -> Vec<Weight> { list.iter().map(|of| self.weight(of)).collect() };
        let (suspects_help, suspects) = self.suspects();
        Page {
            t,
            model: self.subject.name.clone(),
            files: self.subject.corpus.files.iter().map(|file| file.display().to_string()).collect(),
            summary: self.summary(),
            contents: vec![
                ("confusion", t.confusion),
                ("ranking", t.ranking),
                ("reliability", t.reliability),
                ("slider", t.slider),
                ("learning", t.learning),
                ("slices", t.slices),
                ("ngrams", t.ngrams),
                ("surprises", t.surprises),
                ("mistakes", t.mistakes),
                ("suspects", t.suspects),
            ],
            classes: self.class_rows(),
            confusion: self.confusion(),
            macro_f1: three(self.figures.macro_f1),
            judged: count(self.scores.len() as u64),
            ranking: self.ranking(),
            reliability: self.reliability(),
            calibration: vec![
                (t.before, three(self.before.log_loss), three(self.before.ece)),
                (t.after, three(self.after.log_loss), three(self.after.ece)),
            ],
            slider: self.slider(),
            learning: match &self.subject.scored {
                Scored::HeldOut(_, Some(curve)) => Ok(self.learning(curve)),
                Scored::HeldOut(_, None) => Err(t.learning_none),
                Scored::ByModel(_) => Err(t.learning_later),
            },
            slices: self.slices(),
            ngrams: lists
                .of_classes
                .iter()
                .enumerate()
                .map(|(class, (words, parts))| Ngrams {
                    class: self.classes()[class].clone(),
                    colour: self.colours[class],
                    words: weights(words),
                    parts: weights(parts),
                })
                .collect(),
            rare: weights(&lists.rare),
            contrary: weights(&lists.contrary),
            marks: self.swatches(""),
            mistakes: self.mistakes(),
            suspects_help,
            suspects,
            written_by: fill(t.written_by, &[env!("CARGO_PKG_VERSION")]),
        }
    }

    fn swatches(&self, kind: &'static str) -> Vec<Swatch> {
        let classes = self.classes().iter().zip(&self.colours);
        classes.map(|(name, &colour)| Swatch { kind, colour, name: name.clone() }).collect()
    }

    fn class_rows(&self) -> Vec<Class> {
        let row = |(class, &colour): (&crate::evaluate::ClassFigures, &usize)| Class {
            name: class.class.clone(),
            colour,
            precision: three(class.precision),
            recall: three(class.recall),
            f1: three(class.f1),
            auc: or_none(class.roc_auc),
            support: count(class.support),
        };
        self.figures.classes.iter().zip(&self.colours).map(row).collect()
    }

    fn confusion(&self) -> Vec<Row> {
        let row = |row: &crate::evaluate::ConfusionRow| {
            let all = row.predicted.iter().sum::<u64>().max(1) as f64;
            let alternatives: Vec<&str> = row.label.split('|').collect();
            let cell = |(&number, class): (&u64, &String)| {
                let share = number as f64 / all;
                // Several alternatives, or a class that is several labels in one.
                let right = *class == row.label || alternatives.contains(&class.as_str());
                Cell { count: count(number), share: format!("{share:.3}"), percent: percent(share), right }
            };
            Row { label: row.label.clone(), cells: row.predicted.iter().zip(self.classes()).map(cell).collect() }
        };
        self.figures.confusion.iter().map(row).collect()
    }

    fn ranking(&self) -> Vec<Figure> {
        let t = self.t;
        let (mut curves, mut rocs) = (Vec::new(), vec![Line::new(Look::Quiet, vec![(0.0, 0.0), (1.0, 1.0)])]);
        let (mut precise, mut found) = (Vec::new(), Vec::new());
        for (class, name) in self.classes().iter().enumerate() {
            let colour = self.colours[class];
            let Some(ranking) = ranking(&self.labels, &self.probabilities, class) else { continue };
            let swatch = |name| Swatch { kind: "line", colour, name };
            precise.push(swatch(format!("{name} · {} {:.3}", t.ap, ranking.average_precision)));
            found.push(swatch(format!("{name} · {} {}", t.auc, or_none(self.figures.classes[class].roc_auc))));
            curves.push(Line::new(Look::Class(colour), ranking.precision_recall));
            rocs.push(Line::new(Look::Class(colour), ranking.roc));
        }
        if curves.is_empty() {
            return Vec::new();
        }
        let plot = |title, lines| Plot {
            title,
            x: 0.0..1.0,
            y: 0.0..1.0,
            scales: (Scale::Share, Scale::Share),
            lines,
            marks: Vec::new(),
        };
        vec![
            Figure::new(&plot(t.pr_plot, curves), (t.recall, t.precision), precise),
            Figure::new(&plot(t.roc_plot, rocs), (t.false_alarms, t.recall), found),
        ]
    }

    fn reliability(&self) -> Vec<Figure> {
        let t = self.t;
        let figure = |title: &str, colour: usize, before, after| {
            let lines = vec![
                Line::new(Look::Quiet, vec![(0.0, 0.0), (1.0, 1.0)]),
                Line::new(Look::Dashed(colour), before),
                Line::dotted(Look::Class(colour), after),
            ];
            let plot = Plot {
                title,
                x: 0.0..1.0,
                y: 0.0..1.0,
                scales: (Scale::Share, Scale::Share),
                lines,
                marks: Vec::new(),
            };
            let legend = vec![
                Swatch { kind: "line dashed", colour, name: t.before.to_owned() },
                Swatch { kind: "line", colour, name: t.after.to_owned() },
            ];
            Figure::new(&plot, (t.said, t.so), legend)
        };
        let of =
            |probabilities: &[Probabilities], class: usize| reliability(of_class(&self.labels, probabilities, class));
        let all = |probabilities: &[Probabilities]| reliability(likeliest(&self.labels, probabilities));
        let mut plots = vec![figure(t.reliability_label, 4, all(&self.uncalibrated), all(&self.probabilities))];
        let class = abusive(self.classes()).unwrap_or(0);
        let title = fill(t.reliability_class, &[&self.classes()[class]]);
        let (before, after) = (of(&self.uncalibrated, class), of(&self.probabilities, class));
        plots.push(figure(&title, self.colours[class], before, after));
        plots
    }

    fn slider(&self) -> Option<Slider> {
        let (t, triage) = (self.t, self.subject.model.triage.as_ref()?);
        let abusive = abusive(self.classes())?;
        let decided = self.decided.as_ref()?;
        let promises = triage.promises;
        let thresholds = triage.thresholds;
        let all = self.scores.len();
        let familiar = || {
            let scores = self.scores.iter().zip(&self.labels);
            scores.filter(|((_, score), _)| !crate::triage::is_unfamiliar(&score.familiarity))
        };
        let risk = |score: &Score| score.probabilities[abusive];
        let publish = slider(
            familiar().map(|((_, of), label)| (risk(of), wrong(*label, abusive).1)).collect(),
            all,
            promises.confidence,
        );
        let reject = slider(
            familiar().map(|((_, of), label)| (1.0 - risk(of), wrong(*label, abusive).0)).collect(),
            all,
            promises.confidence,
        );
        let (green, red) = (2, self.colours[abusive]);
        let mut plot = Plot {
            title: t.slider_plot,
            x: 0.0..1.0,
            y: 0.0..(6.0 * promises.max_wrong_reject.max(promises.max_missed_abuse)).clamp(0.05, 0.6),
            scales: (Scale::Share, Scale::Share),
            lines: Vec::new(),
            marks: Vec::new(),
        };
        for asked in [promises.max_missed_abuse, promises.max_wrong_reject] {
            plot.lines.push(Line::new(Look::Quiet, vec![(0.0, asked), (1.0, asked)]));
        }
        let mut zones = Vec::new();
        for (colour, curve, threshold, tally, share, asked, name) in [
            (
                green,
                publish,
                thresholds.publish_below,
                decided.published,
                decided.publish,
                promises.max_missed_abuse,
                t.publish,
            ),
            (
                red,
                reject,
                thresholds.reject_above,
                decided.rejected,
                decided.reject,
                promises.max_wrong_reject,
                t.reject,
            ),
        ] {
            plot.lines.push(Line::new(Look::Dashed(colour), curve.bound));
            plot.lines.push(Line::new(Look::Class(colour), curve.observed));
            let share = share as f64 / all.max(1) as f64;
            if let Some(threshold) = threshold {
                if tally.share() <= plot.y.end {
                    plot.marks.push((colour, (share, tally.share())));
                }
                zones.push(Zone {
                    name,
                    threshold: format!("{} {threshold:.4}", if name == t.publish { "<" } else { ">" }),
                    share: percent(share),
                    observed: percent(tally.share()),
                    upper: percent(tally.upper(promises.confidence)),
                    asked: percent(asked),
                });
            }
        }
        let legend = vec![
            Swatch { kind: "line", colour: green, name: t.published_line.to_owned() },
            Swatch { kind: "line", colour: red, name: t.rejected_line.to_owned() },
        ];
        let help = fill(t.slider_help, &[&percent(promises.confidence)]);
        Some(Slider { help, plot: Figure::new(&plot, (t.share_decided, t.error), legend), zones })
    }

    fn learning(&self, curve: &LearningCurve) -> Learning {
        let t = self.t;
        let measured = curve.points.last().map_or(0, |(comments, _)| *comments) as f64;
        let to = (curve.comments + super::learning::MORE) as f64 * 1.05;
        let from = curve.points.first().map_or(1, |(comments, _)| *comments) as f64;
        let law = |from: f64, to: f64| -> Vec<(f64, f64)> {
            (0..=40).map(|step| from + (to - from) * f64::from(step) / 40.0).map(|n| (n, curve.at(n))).collect()
        };
        let points: Vec<(f64, f64)> = curve.points.iter().map(|&(n, reached)| (n as f64, reached)).collect();
        let low = points.iter().map(|point| point.1).chain([curve.at(from)]).fold(1.0, f64::min);
        let high = points.iter().map(|point| point.1).chain([curve.at(to)]).fold(0.0, f64::max);
        let plot = Plot {
            title: t.learning_plot,
            x: 0.0..to,
            y: ((low - 0.03) * 20.0).floor().max(0.0) / 20.0..((high + 0.02) * 20.0).ceil().min(20.0) / 20.0,
            scales: (Scale::Count, Scale::Figure),
            lines: vec![
                Line::new(Look::Class(4), law(from, measured)),
                Line::new(Look::Dashed(4), law(measured, to)),
                Line::dotted(Look::Dots(4), points),
            ],
            marks: Vec::new(),
        };
        Learning {
            help: fill(t.learning_help, &[&count(curve.tried as u64)]),
            plot: Figure::new(&plot, (t.learnt_from, t.macro_f1), Vec::new()),
            gain: gain(t.learning_gain, curve),
        }
    }

    fn slices(&self) -> Vec<Slicing> {
        let (corpus, t) = (self.subject.corpus, self.t);
        let name = |slice| match slice {
            Slice::All => t.all.to_owned(),
            Slice::File(file) => self.file(file),
            Slice::Arabic => t.arabic.to_owned(),
            Slice::Other => t.other.to_owned(),
            Slice::Words(0, to) => fill(t.words_to, &[&to.to_string()]),
            Slice::Words(from, usize::MAX) => fill(t.words_more, &[&from.to_string()]),
            Slice::Words(from, to) => fill(t.words_from_to, &[&(from + 1).to_string(), &to.to_string()]),
        };
        let row = |slice: Slice| {
            let of: Vec<&(usize, Score)> = self.scores.iter().filter(|(i, _)| slice.holds(corpus, *i)).collect();
            if of.is_empty() {
                return None;
            }
            let labels: Vec<LabelSet> = of.iter().map(|(i, _)| corpus.labels[*i]).collect();
            let predicted: Vec<usize> = of.iter().map(|(_, score)| score.label).collect();
            let probabilities: Vec<Probabilities> = of.iter().map(|(_, score)| score.probabilities).collect();
            let figures = figures(self.classes(), &labels, &predicted, &probabilities);
            let mut values = vec![count(of.len() as u64), three(figures.macro_f1)];
            values.extend(figures.classes.iter().map(|class| or_none(class.roc_auc)));
            let decided = Decided::count(&self.classifier, corpus, self.subject.repeats, &of);
            let some = |share: Option<f64>| share.map_or("–".to_owned(), percent);
            values.push(some(decided.as_ref().map(Decided::share)));
            values.push(some(decided.as_ref().filter(|decided| decided.share() > 0.0).map(Decided::error)));
            Some(Slicing { name: name(slice), values })
        };
        Slice::all(corpus).into_iter().filter_map(row).collect()
    }

    /// The name of a file, with its folder only where another has the same name.
    fn file(&self, file: usize) -> String {
        let files = &self.subject.corpus.files;
        let name = files[file].file_name();
        let same = files.iter().filter(|other| other.file_name() == name).count();
        match name {
            Some(name) if same == 1 => name.to_string_lossy().into_owned(),
            _ => files[file].display().to_string(),
        }
    }

    fn weight(&self, of: &Weighty) -> Weight {
        Weight {
            name: of.name.clone(),
            class: self.classes()[of.class].clone(),
            colour: self.colours[of.class],
            weight: format!("{:+.2}", of.weight),
            of_class: format!("{} / {}", count(of.of_class[of.class].into()), count(of.comments().into())),
        }
    }

    /// Why a comment was judged as it was: by the model that had not learnt from it, where there is one.
    fn explain(&self, comment: usize) -> Explanation {
        let text = &self.subject.corpus.texts[comment];
        let held_out = match &self.subject.scored {
            Scored::HeldOut(trained, _) => trained.held_out.explain(comment, text),
            Scored::ByModel(_) => None,
        };
        held_out.unwrap_or_else(|| self.classifier.explain(text))
    }

    fn quote(
        &self,
        comment: usize,
        class: usize,
        verdict: String,
        marks: Vec<(std::ops::Range<usize>, usize)>,
    ) -> Quote {
        let corpus = self.subject.corpus;
        let stretch = |stretch: super::quotes::Stretch| Stretch {
            text: stretch.text,
            colour: stretch.class.map(|class| self.colours[class]),
            class: stretch.class.map_or(String::new(), |class| self.classes()[class].clone()),
        };
        Quote {
            colour: self.colours[class],
            verdict,
            place: format!("{}:{}", self.file(corpus.places[comment].0 as usize), corpus.places[comment].1),
            stretches: quote(&corpus.texts[comment], marks).into_iter().map(stretch).collect(),
        }
    }

    /// By label and class, the most frequent pairs first.
    fn mistakes(&self) -> Vec<(String, Vec<Quote>)> {
        let mut pairs: Vec<((LabelSet, usize), Vec<&(usize, Score)>)> = Vec::new();
        for (of, label) in self.scores.iter().zip(&self.labels) {
            if !label.contains(of.1.label) {
                let pair = (*label, of.1.label);
                match pairs.iter_mut().find(|(other, _)| *other == pair) {
                    Some((_, comments)) => comments.push(of),
                    None => pairs.push((pair, vec![of])),
                }
            }
        }
        pairs.sort_by_key(|(pair, comments)| (std::cmp::Reverse(comments.len()), *pair));
        pairs.truncate(PAIRS);
        let quotes = |((label, class), mut comments): ((LabelSet, usize), Vec<&(usize, Score)>)| {
            let sure = |score: &Score| score.probabilities[class];
            comments.sort_by(|a, b| sure(&b.1).total_cmp(&sure(&a.1)).then(a.0.cmp(&b.0)));
            comments.truncate(MISTAKES);
            let said = |of: &(usize, Score)| format!("{} {:.0}%", self.classes()[class], sure(&of.1) * 100.0);
            let quote = |of: &&(usize, Score)| self.quote(of.0, class, said(of), telling(&self.explain(of.0)));
            let title = fill(self.t.taken_for, &[&name(label, self.classes()), &self.classes()[class]]);
            (title, comments.iter().map(quote).collect())
        };
        pairs.into_iter().map(quotes).collect()
    }

    fn suspects(&self) -> (String, Vec<Quote>) {
        let (corpus, t) = (self.subject.corpus, self.t);
        let findings: Vec<_> =
            label_errors(corpus, self.scores).into_iter().filter(|finding| finding.kind == Kind::Label).collect();
        let mut help = fill(t.suspects_help, &[&count(findings.len() as u64), &count(self.scores.len() as u64)]);
        if matches!(self.subject.scored, Scored::ByModel(_)) {
            help = format!("{help} {}", t.suspects_by_model);
        }
        let quote = |finding: &crate::audit::Finding| {
            let (comment, class) = (finding.comment, finding.suggested);
            let spans = against(&self.explain(comment), corpus.labels[comment], class);
            let label = name(corpus.labels[comment], self.classes());
            let rather = format!("{} {:.0}%", self.classes()[class], finding.suggested_probability * 100.0);
            let marks = spans.into_iter().map(|span| (span, class)).collect();
            self.quote(comment, class, fill(t.rather, &[&label, &rather]), marks)
        };
        (help, findings.iter().take(SUSPECTS).map(quote).collect())
    }
}
