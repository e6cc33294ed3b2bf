//! Contents of the page as the template takes them: texts and numbers, ready to be written.

use crate::report::plots::Plot;
use crate::report::words::Words;
use askama::Template;

/// Page.
#[derive(Template)]
#[template(path = "report.html")]
pub(crate) struct Page<'a> {
    pub(crate) t: &'a Words,
    pub(crate) model: String,
    pub(crate) files: Vec<String>,
    pub(crate) summary: Summary,
    pub(crate) contents: Vec<(&'static str, &'static str)>,
    pub(crate) classes: Vec<Class>,
    pub(crate) confusion: Vec<Row>,
    pub(crate) macro_f1: String,
    pub(crate) held_out: String,
    pub(crate) ranking: Vec<Figure>,
    pub(crate) reliability: Vec<Figure>,
    /// Names, log losses and expected calibration errors.
    pub(crate) calibration: Vec<(&'static str, String, String)>,
    /// Slider of each script, or of all comments.
    pub(crate) sliders: Vec<Slider>,
    /// Learning curve, or a sentence on why there is none.
    pub(crate) learning: Result<Learning, &'static str>,
    pub(crate) slices_help: String,
    pub(crate) slices: Vec<Slice>,
    pub(crate) ngrams: Vec<Ngrams>,
    pub(crate) rare: Vec<Weight>,
    pub(crate) contrary: Vec<Weight>,
    pub(crate) marks: Vec<Swatch>,
    pub(crate) mistakes: Vec<(String, Vec<Quote>)>,
    pub(crate) suspects_help: String,
    pub(crate) suspects: Vec<Quote>,
    pub(crate) written_by: String,
}

/// Summary, in the order in which it is shown.
#[derive(Default)]
pub(crate) struct Summary {
    /// Warnings, above everything else on the page.
    pub(crate) warnings: Vec<String>,
    pub(crate) lead: String,
    pub(crate) bar: Option<Bar>,
    /// Decisions by script, or those on all comments.
    pub(crate) decisions: Vec<Decisions>,
    /// Model that it started from, beside the new one.
    pub(crate) beside: Option<Beside>,
    /// What else is to be known.
    pub(crate) sentences: Vec<Sentence>,
    pub(crate) basis: String,
    pub(crate) bounds: String,
    /// What to do now, most important first.
    pub(crate) steps: Vec<Step>,
}

/// Decisions on the comments of one script, or on all.
#[derive(Default)]
pub(crate) struct Decisions {
    /// Heading, and shares of the decisions; nothing if there is one script only.
    pub(crate) title: Option<&'static str>,
    pub(crate) lead: String,
    /// Errors of the decisions and what is promised of them.
    pub(crate) promises: Vec<Sentence>,
    /// Errors where another share of the comments is abusive.
    pub(crate) shares: Vec<Share>,
    /// What else is to be known.
    pub(crate) sentences: Vec<Sentence>,
    /// Comments that the decisions are counted on.
    pub(crate) basis: String,
}

/// Model that a training started from, beside the new one.
pub(crate) struct Beside {
    pub(crate) start: String,
    pub(crate) help: String,
    /// Name of the other model, above its column.
    pub(crate) other: String,
    /// Names of metrics, and their values of the new model and of the other.
    pub(crate) rows: Vec<(String, String, String)>,
    /// Sentence on which is better.
    pub(crate) verdict: String,
}

/// Errors at a share of abuse.
pub(crate) struct Share {
    pub(crate) share: String,
    /// Where the share is from, or nothing.
    pub(crate) note: &'static str,
    pub(crate) published: Option<String>,
    pub(crate) rejected: Option<String>,
}

/// Piece of advice: stretches of text, each with whether it is a command.
pub(crate) struct Step {
    pub(crate) stretches: Vec<(bool, String)>,
}

/// Percentages of the decisions.
pub(crate) struct Bar {
    pub(crate) publish: String,
    pub(crate) hold: String,
    pub(crate) reject: String,
}

pub(crate) struct Sentence {
    pub(crate) text: String,
    /// Warning, or nothing.
    pub(crate) warning: &'static str,
}

impl Sentence {
    pub(crate) fn new(text: String) -> Sentence {
        Sentence { text, warning: "" }
    }
}

pub(crate) struct Class {
    pub(crate) name: String,
    /// Name in the files, if it is another.
    pub(crate) in_files: Option<String>,
    pub(crate) colour: usize,
    pub(crate) precision: String,
    pub(crate) recall: String,
    pub(crate) f1: String,
    pub(crate) auc: String,
    pub(crate) support: String,
}

pub(crate) struct Row {
    pub(crate) label: String,
    pub(crate) cells: Vec<Cell>,
}

pub(crate) struct Cell {
    pub(crate) count: String,
    /// Share of the row.
    pub(crate) share: String,
    pub(crate) percent: String,
    pub(crate) right: bool,
}

/// Plot with its legend.
pub(crate) struct Figure {
    pub(crate) title: String,
    /// Names of the axes.
    pub(crate) axes: String,
    pub(crate) svg: String,
    pub(crate) legend: Vec<Swatch>,
}

impl Figure {
    pub(crate) fn new(t: &Words, plot: &Plot, (x, y): (&'static str, &'static str), legend: Vec<Swatch>) -> Figure {
        Figure { title: plot.title.to_owned(), axes: t.fill(t.axes, &[y, x]), svg: plot.svg(), legend }
    }
}

/// Colour of a legend and its meaning.
pub(crate) struct Swatch {
    /// Class of CSS: `line`, `line dashed` or nothing.
    pub(crate) kind: &'static str,
    pub(crate) colour: usize,
    pub(crate) name: String,
}

pub(crate) struct Slider {
    /// Script, if there are two.
    pub(crate) title: Option<&'static str>,
    pub(crate) help: String,
    /// Comments that the curves are of.
    pub(crate) origin: String,
    pub(crate) plot: Figure,
    pub(crate) zones: Vec<Zone>,
}

pub(crate) struct Zone {
    pub(crate) name: &'static str,
    pub(crate) threshold: String,
    pub(crate) share: String,
    pub(crate) observed: String,
    pub(crate) upper: String,
    pub(crate) asked: String,
}

pub(crate) struct Learning {
    pub(crate) help: String,
    pub(crate) plot: Figure,
    pub(crate) gain: String,
}

pub(crate) struct Slice {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
}

/// N-grams of a class.
pub(crate) struct Ngrams {
    pub(crate) class: String,
    pub(crate) colour: usize,
    pub(crate) words: Vec<Weight>,
    pub(crate) parts: Vec<Weight>,
}

pub(crate) struct Weight {
    pub(crate) name: String,
    pub(crate) class: String,
    pub(crate) colour: usize,
    pub(crate) weight: String,
    pub(crate) of_class: String,
}

/// Quoted comment.
pub(crate) struct Quote {
    /// Colour of its predicted class.
    pub(crate) colour: usize,
    pub(crate) verdict: String,
    pub(crate) place: String,
    pub(crate) stretches: Vec<Stretch>,
}

pub(crate) struct Stretch {
    pub(crate) text: String,
    /// Colour of the class that it speaks for.
    pub(crate) colour: Option<usize>,
    pub(crate) class: String,
}
