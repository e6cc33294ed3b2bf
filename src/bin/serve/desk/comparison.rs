//! Comparison of the next model with the one in use, on spot checks that neither has learnt from: the next one must not label worse,
//! not decide much less, and keep its error bounds. Words for it, at the command line and on the page.

use naqd::evaluate::PromiseResult;
use naqd::internal::model::ABUSIVE;
use naqd::internal::stats::Pairs;
use naqd::{Action, Classifier, Model};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::desk::DeskError;
use crate::desk::card::percent;
use crate::desk::learning::{Spot, parts};
use crate::desk::words::{Language, fill, isolated};
use crate::engine::triages;
use crate::moment;

/// Minimum number of spot checks to compare two models on.
pub const MIN_SPOTS: u64 = 100;
/// Minimum number of spot checks that choose the thresholds of the new model, besides as many to compare on.
pub const MIN_FOR_THRESHOLDS: u64 = 200;
/// Maximum number of spot checks that are worth advising.
const MAX_ADVISED: u64 = 20_000;

/// Margins of non-inferiority, as shares of the spot checks, with 95 % confidence.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Margins {
    /// Growth of the share of wrong labels.
    pub wrong: f64,
    /// Fall of the share that is decided without a person.
    pub decided: f64,
}

/// Two models on the same spot checks: numbers of the model in use, then of the new one.
#[derive(Serialize, Deserialize)]
pub struct Comparison {
    /// Labels that the new one learnt from.
    pub taught: u64,
    /// Spot checks that are labelled, near-duplicates once, and those compared on.
    pub labelled: u64,
    pub spots: u64,
    /// Wrong labels, abusive or not.
    pub wrong: [u64; 2],
    /// Upper limit of the growth of their share.
    pub wrong_limit: f64,
    /// Comments decided without a person.
    pub decided: [u64; 2],
    /// Upper limit of the fall of their share.
    pub decided_limit: f64,
    pub margins: Margins,
    /// Reasons not to switch.
    pub against: Vec<Against>,
    /// The model in use breaks a bound of its own on these spot checks.
    pub in_use_is_broken: bool,
}

/// Reason not to switch.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// Too few spot checks to compare on.
    Few,
    /// It may label worse; about so many labelled spot checks more would tell, if any.
    Wrong {
        more: Option<u64>,
    },
    /// It may decide less; the same.
    Decided {
        more: Option<u64>,
    },
    /// It decides less than half.
    Half,
    /// It publishes too much abuse, rejects too much else, or publishes too much of all abuse.
    Published(Broken),
    Rejected(Broken),
    LetThrough(Broken),
}

/// Bound that does not hold.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
pub struct Broken {
    comments: u64,
    wrong: u64,
    bound: f64,
}

/// Whether the label of each model is wrong, and whether it decides.
type Judged = [(bool, bool); 2];

impl Comparison {
    /// Compares two models on spot checks, which are `labelled` in all.
    pub fn of(models: [&Model; 2], spots: &[Spot], labelled: u64, taught: u64, margins: Margins) -> Comparison {
        let classifiers = models.map(Classifier::new);
        let judge = |classifier: &Classifier, spot: &Spot| {
            let score = classifier.score(&spot.text);
            let decides = classifier.decide(&score).is_some_and(|decision| decision.action != Action::Hold);
            ((Some(score.class) == classifier.classes().abusive()) != (spot.label == ABUSIVE), decides)
        };
        let judged: Vec<Judged> =
            spots.iter().map(|spot| classifiers.each_ref().map(|classifier| judge(classifier, spot))).collect();
        let count = |of: &dyn Fn(&Judged) -> bool| judged.iter().filter(|pair| of(pair)).count() as u64;
        let comments = spots.len() as u64;
        let pairs = |of: fn(&(bool, bool)) -> bool| Pairs {
            only_first: count(&|[first, second]| of(first) && !of(second)),
            only_second: count(&|[first, second]| !of(first) && of(second)),
            comments,
        };
        let wrong = pairs(|(wrong, _)| *wrong);
        // A fall is the growth of what is left to people.
        let held = pairs(|(_, decides)| !decides);
        let mut comparison = Comparison {
            taught,
            labelled,
            spots: comments,
            wrong: [0, 1].map(|model| count(&|pair| pair[model].0)),
            wrong_limit: wrong.growth_limit(),
            decided: [0, 1].map(|model| count(&|pair| pair[model].1)),
            decided_limit: held.growth_limit(),
            margins,
            against: Vec::new(),
            in_use_is_broken: !broken(&classifiers[0], models[0], spots).is_empty(),
        };
        comparison.against = comparison.reasons(&wrong, &held);
        comparison.against.extend(broken(&classifiers[1], models[1], spots));
        comparison
    }

    /// Reasons by the numbers of both models.
    fn reasons(&self, wrong: &Pairs, held: &Pairs) -> Vec<Against> {
        let mut reasons = Vec::new();
        let more = |pairs: &Pairs, margin: f64| {
            let needed = pairs.needed(margin, MAX_ADVISED)?;
            // From that number on only half of them compare.
            let all = if needed < 2 * MIN_FOR_THRESHOLDS && self.labelled < 2 * MIN_FOR_THRESHOLDS {
                needed
            } else {
                2 * needed.max(MIN_FOR_THRESHOLDS)
            };
            Some(all.saturating_sub(self.labelled).max(1))
        };
        if self.spots < MIN_SPOTS {
            reasons.push(Against::Few);
        } else {
            if self.wrong_limit > self.margins.wrong {
                reasons.push(Against::Wrong { more: more(wrong, self.margins.wrong) });
            }
            if self.decided_limit > self.margins.decided {
                reasons.push(Against::Decided { more: more(held, self.margins.decided) });
            }
        }
        if 2 * self.decided[1] < self.decided[0] {
            reasons.push(Against::Half);
        }
        reasons
    }

    /// Sentence on what was compared.
    pub fn compared_on(&self, language: Language) -> String {
        said(language, language.words().compared_on, &[self.taught.to_string(), self.spots.to_string()])
    }

    /// Sentences on what speaks against the new model, in plain words.
    pub fn reasons_in(&self, language: Language) -> Vec<String> {
        let t = language.words();
        let number = |number: &u64| number.to_string();
        let points = |share: f64| format!("{:.1}", share * 100.0);
        let of_spots = |of: u64| percent(language, of as f64 / self.spots.max(1) as f64);
        let ([wrong, wrong_new], [decided, decided_new]) = (self.wrong, self.decided);
        let bound = |text: &str, of: &Broken| {
            said(language, text, &[number(&of.comments), number(&of.wrong), percent(language, of.bound)])
        };
        let sentence = |reason: &Against| match reason {
            Against::Few => said(language, t.against_few, &[number(&self.spots), number(&MIN_SPOTS)]),
            Against::Wrong { .. } => {
                let values = [self.spots, wrong, wrong_new].map(|of| of.to_string());
                let limits = [points(self.wrong_limit), points(self.margins.wrong)];
                said(language, t.against_wrong, &[&values[..], &limits].concat())
            }
            Against::Decided { .. } => {
                let values = [number(&self.spots), number(&decided), of_spots(decided)];
                let new = [number(&decided_new), of_spots(decided_new)];
                let limits = [points(self.decided_limit), points(self.margins.decided)];
                said(language, t.against_decided, &[&values[..], &new, &limits].concat())
            }
            Against::Half => {
                said(language, t.against_half, &[self.spots, decided_new, decided].map(|of| of.to_string()))
            }
            Against::Published(of) => bound(t.against_publish, of),
            Against::Rejected(of) => bound(t.against_reject, of),
            Against::LetThrough(of) => bound(t.against_through, of),
        };
        self.against.iter().map(sentence).collect()
    }

    /// Sentences on what to do about it.
    pub fn advice_in(&self, language: Language) -> Vec<String> {
        let t = language.words();
        let mut advice = Vec::new();
        let number = |text: &str, number: u64| said(language, text, &[number.to_string()]);
        let falls = |of: &Against| matches!(of, Against::Decided { .. } | Against::Half);
        if self.in_use_is_broken && self.against.iter().any(falls) {
            advice.push(t.in_use_broken.to_owned());
        }
        // With as many as the greatest of these needs, all can be told.
        let more = self.against.iter().filter_map(|of| match of {
            Against::Few => Some(Some(MIN_SPOTS.saturating_sub(self.labelled).max(1))),
            Against::Wrong { more } | Against::Decided { more } => Some(*more),
            _ => None,
        });
        let more: Vec<Option<u64>> = more.collect();
        match more.iter().flatten().max() {
            _ if more.contains(&None) => advice.push(t.advise_no_more.to_owned()),
            Some(more) => advice.push(number(t.advise_more, *more)),
            None => {}
        }
        if self.labelled < 2 * MIN_FOR_THRESHOLDS
            && self.against.iter().any(|of| !matches!(of, Against::Few | Against::Wrong { .. }))
        {
            advice.push(number(t.advise_thresholds, 2 * MIN_FOR_THRESHOLDS));
        }
        advice.push(t.advise_insist.to_owned());
        advice
    }
}

/// Bounds of a model that do not hold on spot checks.
fn broken(classifier: &Classifier, model: &Model, spots: &[Spot]) -> Vec<Against> {
    let parts = parts(classifier, &triages(model), spots);
    let promises = parts.iter().flat_map(|part| part.promises.iter().enumerate());
    let against = |(place, promise): (usize, &PromiseResult)| {
        let of = Broken { comments: promise.tally.comments, wrong: promise.tally.wrong, bound: promise.promised };
        match place {
            0 => Against::Published(of),
            1 => Against::Rejected(of),
            _ => Against::LetThrough(of),
        }
    };
    promises.filter(|(_, promise)| promise.broken).map(against).collect()
}

/// A text with its values, which on an Arabic page are set apart from it.
fn said(language: Language, text: &str, values: &[String]) -> String {
    let apart = |value: &String| match language {
        Language::Arabic => isolated(value),
        Language::English => value.clone(),
    };
    let values: Vec<String> = values.iter().map(apart).collect();
    fill(text, &values.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What came of a comparison.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Switched,
    Insisted,
    Refused,
    OnlyCompared,
}

impl Outcome {
    /// Sentence that says so.
    pub fn words(self, language: Language) -> &'static str {
        let t = language.words();
        match self {
            Outcome::Switched => t.outcome_switched,
            Outcome::Insisted => t.outcome_insisted,
            Outcome::Refused => t.outcome_refused,
            Outcome::OnlyCompared => t.outcome_compared,
        }
    }
}

/// The last comparison, as the page shows it.
#[derive(Serialize, Deserialize)]
pub struct Last {
    pub outcome: Outcome,
    pub comparison: Comparison,
}

/// Keeps what came of a comparison.
///
/// # Errors
/// The file cannot be written.
pub fn keep(database: &Connection, last: &Last) -> Result<(), DeskError> {
    let found = serde_json::to_string(last).map_err(|error| DeskError::Database(error.to_string()))?;
    database.execute("INSERT INTO comparisons (at, found) VALUES (?1, ?2)", params![moment::millis(), found])?;
    Ok(())
}

/// The last one and when it was, if there is one.
///
/// # Errors
/// The file cannot be read.
pub fn last(database: &Connection) -> Result<Option<(i64, Last)>, DeskError> {
    let row = database
        .query_row("SELECT at, found FROM comparisons ORDER BY n DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?))
        })
        .optional()?;
    Ok(row.and_then(|(at, found)| Some((at, serde_json::from_str(&found).ok()?))))
}
