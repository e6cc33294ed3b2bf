//! Guards on rejection: nobody is rejected for one word, or for what a comment quotes.

use std::sync::LazyLock;

use crate::common::insults;
use naqd::internal::corpus::NearDuplicates;
use naqd::{
    Action, Classifier, Corpus, Decision, Effect, Guard, Model, Promises, Reason, Rule, Rules, Thresholds, Trained,
    Trainer,
};
use proptest::prelude::*;

fn trained(single: bool, promises: Option<Promises>) -> Trained {
    let corpus = Corpus::from_rows(insults(900, single)).unwrap();
    Trainer::new().l2(3.0).promises(promises).set_aside(promises.map(|_| 0.4)).fit(&corpus).unwrap()
}

static MODEL: LazyLock<Model> = LazyLock::new(|| trained(false, None).model);

/// Classifier that rejects above a probability.
fn rejecting(above: f32) -> Classifier {
    let mut classifier = Classifier::new(&MODEL);
    classifier.set_thresholds(Thresholds { reject_above: Some(above), ..Thresholds::default() }).unwrap();
    classifier
}

static REJECTING: LazyLock<Classifier> = LazyLock::new(|| rejecting(0.6));

/// Decision on a comment that is abusive enough to be rejected.
fn decided(text: &str) -> Decision {
    let score = REJECTING.score(text);
    assert!(score.probabilities[0] > 0.6, "{text}: {:?}", score.probabilities);
    REJECTING.decide(&score).unwrap()
}

#[test]
fn nobody_is_rejected_for_one_word() {
    for text in [
        "market bridge idiot winter",
        "market idiot bridge idiot winter idiot",
        "market idiot bridge idiots winter",
        "market id*ot bridge idiot winter",
        "market idi0t bridge i d i o t winter",
        "market bridge والغبي winter غبي",
    ] {
        assert_eq!(decided(text), Decision::hold(Reason::OneWord), "{text}");
    }
}

#[test]
fn several_insults_are_rejected() {
    for text in [
        "not an idiot but a liar and a coward",
        "market bridge you idiot and liar winter",
        "market clown bridge. coward, liar of the market.",
        "يا غبي يا كذاب",
    ] {
        let decision = decided(text);
        assert_eq!((decision.action, decision.reason), (Action::Reject, Reason::Score), "{text}");
    }
}

const QUOTED: &str = "you idiot and liar, clown and coward";

/// Pairs of marks of a quotation.
const MARKS: [(&str, &str); 14] = [
    ("\"", "\""),
    ("“", "”"),
    ("„", "“"),
    ("«", "»"),
    ("»", "«"),
    ("‹", "›"),
    ("&quot;", "&quot;"),
    ("> ", "\n"),
    ("&gt; ", "\n"),
    ("[quote]", "[/quote]"),
    ("[QUOTE=\"someone\"]", "[/QUOTE]"),
    ("<blockquote>", "</blockquote>"),
    ("<q cite='x'>", "</q>"),
    ("[quote][quote]", "[/quote] market [/quote]"),
];

#[test]
fn quotations_are_anothers_words() {
    for (before, after) in MARKS {
        let quotation = format!("{before}{QUOTED}{after}");
        for text in [quotation.clone(), format!("{quotation} winter"), format!("{quotation} that is no way to talk")] {
            assert_eq!(decided(&text), Decision::hold(Reason::Quotation), "{text}");
        }
        let own = format!("{quotation} liar and clown, coward and idiot");
        assert_eq!(decided(&own).action, Action::Reject, "{own}");
        let one = format!("{quotation} thank you idiot");
        assert_eq!(decided(&one).action, Action::Hold, "{one}");
    }
    for text in [
        format!("'{QUOTED}'"),
        format!("\"{QUOTED}"),
        format!("{QUOTED} “market"),
        format!("[quote]{QUOTED}"),
        format!("market > {QUOTED}"),
        format!("\"market\" {QUOTED}"),
    ] {
        assert_eq!(decided(&text).action, Action::Reject, "{text}");
    }
}

#[test]
fn without_thresholds_nothing_changes() {
    let plain = Classifier::new(&MODEL);
    for text in ["market bridge idiot winter", QUOTED, "«you idiot and liar» market", "thank you so much market"] {
        let (score, other) = (plain.score(text), REJECTING.score(text));
        assert_eq!(plain.decide(&score), None);
        assert_eq!((score.class, score.probabilities), (other.class, other.probabilities), "{text}");
    }
    assert_eq!(plain.score("market bridge idiot winter").guard, Guard::OneWord);
    assert_eq!(plain.score(QUOTED).guard, Guard::None);
    assert!(matches!(plain.score("«you idiot and liar» market").guard, Guard::Quotation(own) if own < 0.5));
}

/// A house rule is the house's own decision.
#[test]
fn rules_reject_in_any_case() {
    let rule = |phrase: &str, effect| Rule { phrase: phrase.to_owned(), effect, note: String::new(), line: 0 };
    let rules = vec![rule("bridge", Effect::Reject), rule("school", Effect::Ignore)];
    let rules = Rules::new(rules, "rules.csv".as_ref()).unwrap();
    let judged = |text| REJECTING.judge(text, Some(&rules)).decision.unwrap();
    assert_eq!(judged("market bridge idiot winter").action, Action::Reject);
    assert_eq!(judged("market school idiot winter").reason, Reason::OneWord);
    assert_eq!(judged("school «you idiot school and liar» winter").reason, Reason::Quotation);
    assert_eq!(judged("school «market» you idiot school and liar").action, Action::Reject);
}

/// Guards apply before thresholds are chosen: what is counted as rejected is what is rejected.
#[test]
fn thresholds_are_chosen_without_guarded_comments() {
    let promises = Promises { max_innocent_rejected: 0.2, max_abusive_published: 0.2, ..Promises::default() };
    for single in [true, false] {
        let texts: Vec<String> = insults(900, single).into_iter().map(|(text, _)| text).collect();
        let trained = trained(single, Some(promises));
        let triage = &trained.validation.triage.as_ref().unwrap().triage;
        let classifier = Classifier::new(&trained.model);
        let decisions: Vec<Decision> =
            trained.set_aside.iter().map(|(_, score)| classifier.decide(score).unwrap()).collect();
        let rejected = decisions.iter().filter(|decision| decision.action == Action::Reject).count() as u64;
        // Near-duplicates count once there.
        let all: Vec<&str> = trained.set_aside.iter().map(|(place, _)| &*texts[*place]).collect();
        let group = NearDuplicates::find(&all).group;
        let rejected = rejected
            - (0..all.len()).filter(|&i| group[i] != i && decisions[i].action == Action::Reject).count() as u64;
        assert_eq!(triage.rejected.comments, rejected, "single: {single}");
        assert_eq!(triage.thresholds.reject_above.is_none(), single, "{:?}", triage.thresholds);
        assert_eq!(rejected == 0, single);
        assert!(triage.thresholds.reject_above.is_none_or(|above| above >= 0.5));
    }
}

const PIECES: [&str; 22] = [
    "idiot",
    "liar",
    "clown",
    "coward",
    "غبي",
    "كذاب",
    "idiots",
    "id*ot",
    "you",
    "and",
    "market",
    "bridge",
    "thank you",
    "\"",
    "“",
    "”",
    "«",
    "»",
    "\n> ",
    "[quote]",
    "[/quote]",
    ". ",
];

proptest! {
    /// All ways to score agree. A guarded comment is never rejected, and whether it is guarded does not depend on whether
    /// thresholds were there when it was scored.
    #[test]
    fn guarded_comments_are_never_rejected(
        pieces in prop::collection::vec(0..PIECES.len(), 0..30),
        above in prop::sample::select(vec![0.5f32, 0.6, 0.75, 0.9, 0.99]),
    ) {
        let text: String = pieces.iter().flat_map(|piece| [PIECES[*piece], " "]).collect();
        let classifier = rejecting(above);
        let score = classifier.score(&text);
        prop_assert_eq!(classifier.classify(&text).score(), score);
        prop_assert_eq!(classifier.explain(&text).verdict.score(), score);
        let decision = classifier.decide(&score).unwrap();
        let p = score.probabilities[0];
        match decision.action {
            Action::Reject => {
                prop_assert!(p > above && score.guard != Guard::OneWord);
                prop_assert!(!matches!(score.guard, Guard::Quotation(own) if own <= above));
            }
            _ => prop_assert!(
                p <= above || matches!(decision.reason, Reason::OneWord | Reason::Quotation | Reason::Unfamiliar)
            ),
        }
        let before = Classifier::new(&MODEL).score(&text);
        prop_assert_eq!(classifier.decide(&before).unwrap().action, decision.action, "{:?} {:?}", before.guard, score);
        // A lower threshold guards all that a higher one does.
        let lower = rejecting(0.0).score(&text);
        prop_assert!(p <= above || (lower.guard == Guard::None) == (score.guard == Guard::None));
    }
}
