//! Lists of the page: n-grams, errors and doubtful labels.

use crate::evaluate::label_errors::{Finding, Kind, evidence_against, label_errors};
use crate::model::label::LabelSet;
use crate::model::score::Score;
use crate::report::Scored;
use crate::report::build::View;
use crate::report::grammar::isolated;
use crate::report::ngrams::WeightedNgram;
use crate::report::page::{Quote, Stretch, Weight};
use crate::report::quotes::{quote, telling};
use crate::report::summary::count;
use crate::score::explanation::Explanation;
use std::cmp::Reverse;
use std::ops::Range;

/// Maximum number of errors that are quoted of each pair of label and class, and of pairs.
const MAX_MISTAKES: usize = 4;
const MAX_PAIRS: usize = 6;
/// Maximum number of doubtful labels that are quoted.
const MAX_SUSPECTS: usize = 15;

/// True label and predicted class.
type Pair = (LabelSet, usize);

impl View<'_> {
    pub(crate) fn weight(&self, of: &WeightedNgram) -> Weight {
        Weight {
            name: of.name.clone(),
            class: self.class(of.class),
            colour: self.colours[of.class],
            weight: format!("{:+.2}", of.weight),
            of_class: format!("{} / {}", count(of.of_class[of.class].into()), count(of.comments().into())),
        }
    }

    /// Explanation of a comment by the model that had not learnt from it, if there is one.
    fn explain(&self, comment: usize) -> Explanation {
        let text = &self.subject.corpus.texts[comment];
        let held_out = match &self.subject.scored {
            Scored::HeldOut(trained, _) => trained.explain(comment, text),
            Scored::ByModel(_) => None,
        };
        held_out.unwrap_or_else(|| self.classifier.explain(text))
    }

    fn quote(&self, comment: usize, class: usize, verdict: String, marks: Vec<(Range<usize>, usize)>) -> Quote {
        let corpus = self.subject.corpus;
        let stretch = |stretch: super::quotes::Stretch| Stretch {
            text: stretch.text,
            colour: stretch.class.map(|class| self.colours[class]),
            class: stretch.class.map_or(String::new(), |class| self.class(class)),
        };
        Quote {
            colour: self.colours[class],
            verdict,
            place: format!("{}:{}", self.file(corpus.file(comment)), corpus.line(comment)),
            stretches: quote(&corpus.texts[comment], marks).into_iter().map(stretch).collect(),
        }
    }

    /// Class with its probability.
    fn probable(&self, class: usize, probability: f64) -> String {
        let percent = format!("{:.0}%", probability * 100.0);
        self.t.fill(self.t.probable, &[&isolated(&self.class(class)), &percent])
    }

    /// Errors by label and class, the most frequent pairs first.
    pub(crate) fn mistakes(&self) -> Vec<(String, Vec<Quote>)> {
        let mut pairs: Vec<(Pair, Vec<&(usize, Score)>)> = Vec::new();
        for (of, label) in self.scores.iter().zip(&self.labels) {
            if !label.contains(of.1.class) {
                let pair = (*label, of.1.class);
                match pairs.iter_mut().find(|(other, _)| *other == pair) {
                    Some((_, comments)) => comments.push(of),
                    None => pairs.push((pair, vec![of])),
                }
            }
        }
        pairs.sort_by_key(|(pair, comments)| (Reverse(comments.len()), *pair));
        pairs.truncate(MAX_PAIRS);
        let quotes = |((label, class), mut comments): (Pair, Vec<&(usize, Score)>)| {
            let sure = |score: &Score| score.probabilities[class];
            comments.sort_by(|a, b| sure(&b.1).total_cmp(&sure(&a.1)).then(a.0.cmp(&b.0)));
            comments.truncate(MAX_MISTAKES);
            let said = |of: &(usize, Score)| self.probable(class, sure(&of.1).into());
            let quote = |of: &&(usize, Score)| self.quote(of.0, class, said(of), telling(&self.explain(of.0)));
            let label = isolated(&self.t.class(&self.classes().name(label)));
            let title = self.t.fill(self.t.taken_for, &[&label, &isolated(&self.class(class))]);
            (title, comments.iter().map(quote).collect())
        };
        pairs.into_iter().map(quotes).collect()
    }

    /// Doubtful labels, with a help text.
    pub(crate) fn suspects(&self) -> (String, Vec<Quote>) {
        let (corpus, t) = (self.subject.corpus, self.t);
        let findings: Vec<_> =
            label_errors(corpus, self.scores).into_iter().filter(|finding| finding.kind == Kind::Label).collect();
        let mut help = t.fill(t.suspects_help, &[&count(findings.len() as u64), &count(self.scores.len() as u64)]);
        if matches!(self.subject.scored, Scored::ByModel(_)) {
            help = format!("{help} {}", t.suspects_by_model);
        }
        let quote = |finding: &Finding| {
            let (comment, class) = (finding.comment, finding.suggested);
            let spans = evidence_against(&self.explain(comment), corpus.labels[comment], class);
            let label = isolated(&t.class(&self.classes().name(corpus.labels[comment])));
            let rather = self.probable(class, finding.suggested_probability);
            let marks = spans.into_iter().map(|span| (span, class)).collect();
            self.quote(comment, class, t.fill(t.rather, &[&label, &rather]), marks)
        };
        (help, findings.iter().take(MAX_SUSPECTS).map(quote).collect())
    }
}
