//! Contents of the page, from a model and labelled comments.

use crate::evaluate::metrics::{Calibration, ClassFigures, ConfusionRow, Figures, calibration, figures};
use crate::evaluate::slices::Slice;
use crate::model::classes::Classes;
use crate::model::label::{LabelSet, OR, Probabilities};
use crate::model::score::Score;
use crate::report::decided::Decided;
use crate::report::experts::ExpertView;
use crate::report::ngrams::{WeightedNgram, ngrams};
use crate::report::page::{Cell, Class, Ngrams, Page, Row, Slice as Slicing, Swatch, Weight};
use crate::report::plots::CLASS_COLOURS;
use crate::report::summary::{count, percent};
use crate::report::words::Words;
use crate::report::{Scored, Subject};
use crate::score::classifier::Classifier;
use askama::Template;
use rayon::prelude::*;

/// Subject of the page with the data that several of its parts need.
pub(crate) struct View<'a> {
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) t: &'static Words,
    pub(crate) classifier: Classifier,
    /// Colour of each class.
    pub(crate) colours: Vec<usize>,
    pub(crate) scores: &'a [(usize, Score)],
    pub(crate) labels: Vec<LabelSet>,
    pub(crate) probabilities: Vec<Probabilities>,
    /// Probabilities of the n-gram weights alone.
    pub(crate) uncalibrated: Vec<Probabilities>,
    pub(crate) before: Calibration,
    pub(crate) after: Calibration,
    pub(crate) figures: Figures,
    /// Experts with their decisions, that of most comments first.
    pub(crate) experts: Vec<ExpertView<'a>>,
}

pub(crate) fn page(subject: &Subject, t: &'static Words) -> String {
    let page = View::new(subject, t).page();
    // Writing to a string does not fail.
    page.render().unwrap_or_default()
}

/// Colour of each class: abuse red, criticism yellow, neither green, others in turn.
fn colours(classes: &Classes) -> Vec<usize> {
    let mut others = (3..CLASS_COLOURS).cycle();
    let mut colour = |class: &String| match class.as_str() {
        "abusive" => 0,
        "critical" => 1,
        "neutral" | "critical|neutral" => 2,
        _ => others.next().unwrap_or(0),
    };
    classes.iter().map(&mut colour).collect()
}

/// Anchors and titles of the sections of the page.
fn contents(t: &Words) -> Vec<(&'static str, &'static str)> {
    vec![
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
    ]
}

fn three(number: f64) -> String {
    format!("{number:.3}")
}

pub(crate) fn or_none(number: Option<f64>) -> String {
    number.map_or("–".to_owned(), three)
}

impl<'a> View<'a> {
    fn new(subject: &'a Subject<'a>, t: &'static Words) -> View<'a> {
        let (corpus, model) = (subject.corpus, subject.model);
        let classifier = Classifier::new(model);
        let scores: &[(usize, Score)] = match &subject.scored {
            Scored::HeldOut(trained, _) => &trained.held_out,
            Scored::ByModel(scores) => scores,
        };
        let labels: Vec<LabelSet> = scores.iter().map(|(comment, _)| corpus.labels[*comment]).collect();
        let probabilities: Vec<Probabilities> = scores.iter().map(|(_, score)| score.probabilities).collect();
        let alone = |comment: usize| {
            let text = &corpus.texts[comment];
            let held_out = match &subject.scored {
                Scored::HeldOut(trained, _) => trained.uncalibrated(comment, text),
                Scored::ByModel(_) => None,
            };
            held_out.unwrap_or_else(|| classifier.uncalibrated(text))
        };
        let uncalibrated: Vec<Probabilities> = scores.par_iter().map(|&(comment, _)| alone(comment)).collect();
        let (before, after, figures) = match &subject.scored {
            Scored::HeldOut(trained, _) => {
                let validation = &trained.validation;
                (validation.uncalibrated, validation.calibrated, validation.figures.clone())
            }
            Scored::ByModel(_) => {
                let predicted: Vec<usize> = scores.iter().map(|(_, score)| score.class).collect();
                (
                    calibration(&labels, &uncalibrated),
                    calibration(&labels, &probabilities),
                    figures(&model.classes, &labels, &predicted, &probabilities),
                )
            }
        };
        let experts = match &subject.scored {
            Scored::HeldOut(trained, _) => ExpertView::of_training(trained, &classifier, corpus, subject.duplicates),
            Scored::ByModel(scores) => ExpertView::of_model(model, scores, &classifier, corpus, subject.duplicates),
        };
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
            experts,
        }
    }

    pub(crate) fn classes(&self) -> &Classes {
        &self.subject.model.classes
    }

    /// Name of a class, as it is shown.
    pub(crate) fn class(&self, class: usize) -> String {
        self.t.class(&self.classes()[class])
    }

    fn page(&self) -> Page<'a> {
        let t = self.t;
        let lists = ngrams(self.subject.model, &self.classifier, self.subject.corpus);
        let weights = |list: &[WeightedNgram]| -> Vec<Weight> { list.iter().map(|of| self.weight(of)).collect() };
        let ngrams_of = |(class, (words, parts)): (usize, &(Vec<WeightedNgram>, Vec<WeightedNgram>))| Ngrams {
            class: self.class(class),
            colour: self.colours[class],
            words: weights(words),
            parts: weights(parts),
        };
        let (suspects_help, suspects) = self.suspects();
        Page {
            t,
            model: self.subject.name.clone(),
            files: self.subject.corpus.files.iter().map(|file| file.display().to_string()).collect(),
            summary: self.summary(),
            contents: contents(t),
            classes: self.class_rows(),
            confusion: self.confusion(),
            macro_f1: three(self.figures.macro_f1),
            held_out: count(self.scores.len() as u64),
            ranking: self.ranking(),
            reliability: self.reliability(),
            calibration: vec![
                (t.before, three(self.before.log_loss), three(self.before.ece)),
                (t.after, three(self.after.log_loss), three(self.after.ece)),
            ],
            sliders: self.sliders(),
            learning: match &self.subject.scored {
                Scored::HeldOut(_, Some(curve)) => Ok(self.learning(curve)),
                Scored::HeldOut(_, None) => Err(t.learning_none),
                Scored::ByModel(_) => Err(t.learning_later),
            },
            slices_help: self.slices_help(),
            slices: self.slices(),
            ngrams: lists.of_classes.iter().enumerate().map(ngrams_of).collect(),
            rare: weights(&lists.rare),
            contrary: weights(&lists.contrary),
            marks: self.swatches(""),
            mistakes: self.mistakes(),
            suspects_help,
            suspects,
            written_by: t.fill(t.written_by, &[env!("CARGO_PKG_VERSION")]),
        }
    }

    pub(crate) fn swatches(&self, kind: &'static str) -> Vec<Swatch> {
        let classes = self.colours.iter().enumerate();
        classes.map(|(class, &colour)| Swatch { kind, colour, name: self.t.value(&self.class(class)) }).collect()
    }

    fn class_rows(&self) -> Vec<Class> {
        let row = |(class, &colour): (&ClassFigures, &usize)| Class {
            name: self.t.class(&class.class),
            in_files: Some(class.class.clone()).filter(|name| *name != self.t.class(name)),
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
        let row = |row: &ConfusionRow| {
            let all = row.predicted.iter().sum::<u64>().max(1) as f64;
            let alternatives: Vec<&str> = row.label.split(OR).collect();
            let cell = |(&number, class): (&u64, &String)| {
                let share = number as f64 / all;
                // Several alternatives, or a class that is several labels in one.
                let right = *class == row.label || alternatives.contains(&class.as_str());
                Cell { count: count(number), share: format!("{share:.3}"), percent: percent(share), right }
            };
            Row { label: self.t.class(&row.label), cells: row.predicted.iter().zip(self.classes()).map(cell).collect() }
        };
        self.figures.confusion.iter().map(row).collect()
    }

    fn slices_help(&self) -> String {
        let t = self.t;
        let origin = |expert| self.origin(expert, t.slices_inherited, t.slices_set_aside, t.slices_elsewhere);
        let mut origins: Vec<&str> = self.experts.iter().map(origin).collect();
        origins.dedup();
        let origin = if let [same] = origins[..] { same } else { t.slices_by_script };
        if origin.is_empty() { t.slices_help.to_owned() } else { format!("{} {origin}", t.slices_help) }
    }

    fn slices(&self) -> Vec<Slicing> {
        let (corpus, t) = (self.subject.corpus, self.t);
        let name = |slice| match slice {
            Slice::All => t.all.to_owned(),
            Slice::File(file) => self.file(file),
            Slice::Arabic => t.arabic.to_owned(),
            Slice::Other => t.other.to_owned(),
            Slice::Words(0, to) => t.fill(t.words_to, &[&to.to_string()]),
            Slice::Words(from, usize::MAX) => t.fill(t.words_more, &[&from.to_string()]),
            Slice::Words(from, to) => t.fill(t.words_from_to, &[&(from + 1).to_string(), &to.to_string()]),
        };
        let row = |slice: Slice| {
            let of: Vec<&(usize, Score)> = self.scores.iter().filter(|(i, _)| slice.contains(corpus, *i)).collect();
            if of.is_empty() {
                return None;
            }
            let labels: Vec<LabelSet> = of.iter().map(|(i, _)| corpus.labels[*i]).collect();
            let predicted: Vec<usize> = of.iter().map(|(_, score)| score.class).collect();
            let probabilities: Vec<Probabilities> = of.iter().map(|(_, score)| score.probabilities).collect();
            let figures = figures(self.classes(), &labels, &predicted, &probabilities);
            let mut values = vec![count(of.len() as u64), three(figures.macro_f1)];
            values.extend(figures.classes.iter().map(|class| or_none(class.roc_auc)));
            let shown = self.experts.iter().filter(|expert| !expert.chosen_elsewhere);
            let of = shown.flat_map(|expert| &expert.decided_on).copied().filter(|(i, _)| slice.contains(corpus, *i));
            let of: Vec<&(usize, Score)> = of.collect();
            let decided = Decided::count(&self.classifier, corpus, self.subject.duplicates, &of);
            let decided = decided.filter(|decided| decided.comments > 0);
            let some = |share: Option<f64>| share.map_or("–".to_owned(), percent);
            values.push(some(decided.as_ref().map(Decided::share)));
            values.push(some(decided.as_ref().filter(|decided| decided.share() > 0.0).map(Decided::error)));
            Some(Slicing { name: name(slice), values })
        };
        Slice::all(corpus).into_iter().filter_map(row).collect()
    }

    /// Name of a file, with its folder only if another file has the same name.
    pub(crate) fn file(&self, file: usize) -> String {
        let files = &self.subject.corpus.files;
        let name = files[file].file_name();
        let same = files.iter().filter(|other| other.file_name() == name).count();
        match name {
            Some(name) if same == 1 => name.to_string_lossy().into_owned(),
            _ => files[file].display().to_string(),
        }
    }
}
