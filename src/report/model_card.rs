//! Model card: what a model was trained on and how good it is, for people, in Markdown.

use crate::corpus::Corpus;
use crate::corpus::near_duplicates::NearDuplicates;
use crate::evaluate::metrics::{calibration, figures};
use crate::evaluate::slices::Slice;
use crate::evaluate::thresholds::{Outlook, ThresholdChoice};
use crate::evaluate::validation::{KindValidation, PriorUse, Validation};
use crate::model::label::{LabelSet, Probabilities};
use crate::model::score::Score;
use crate::model::training::Training;
use crate::model::triage::Triage;
use crate::report::beside;
use crate::report::decided::Decided;
use crate::report::experts::{decided_on, inherited_broken};
use crate::report::words::Language;
use crate::score::classifier::Classifier;
use crate::stats::{Counts, Promises, Tally};
use crate::train::kinds::MIN_ROC_AUC;
use crate::train::trained::Trained;
use std::fmt::{Result, Write};

/// Model card of a model that was trained on `corpus`. All metrics are of held-out comments, and the errors of its decisions
/// of those that the thresholds were chosen on.
///
/// ```
/// use naqd::report::model_card;
/// use naqd::{Corpus, Trainer};
///
/// let numbers = "one two three four five six seven eight nine ten eleven twelve".split(' ');
/// let rows = numbers.flat_map(|n| {
///     [(format!("you fool, {n} times a fool"), "abusive"), (format!("thanks, chapter {n} was useful"), "neutral")]
/// });
/// let corpus = Corpus::from_rows(rows)?;
/// let card = model_card(&corpus, &Trainer::new().fit(&corpus)?);
/// assert!(card.contains("Classes: abusive, neutral."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn model_card(corpus: &Corpus, trained: &Trained) -> String {
    let mut card = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut card, corpus, trained);
    card
}

fn write(card: &mut String, corpus: &Corpus, trained: &Trained) -> Result {
    let (training, validation) = (&trained.model.training, &trained.validation);
    writeln!(card, "# Model card\n")?;
    let (ngrams, counted) = (validation.ngrams, validation.ngrams_counted);
    // On top of another model it has the n-grams of that one too.
    let ngrams = match validation.prior {
        PriorUse::OnTop(_) => format!("{ngrams} n-grams; {counted} counted in"),
        _ => format!("{ngrams} n-grams of {counted} counted, from"),
    };
    writeln!(card, "Written by naqd-train {}. {ngrams} {} comments.\n", training.naqd, training.comments)?;
    writeln!(card, "Classes: {}.\n", names(&corpus.classes).join(", "))?;
    let prune = training.prune_to.map_or(String::new(), |ngrams| format!("`--prune-to {ngrams}` "));
    let (min_count, seed) = (training.min_count, training.seed);
    let from = training.from.as_ref().map_or(String::new(), |from| format!("`--from {from}` "));
    // No strength keeps the weights of another model; it was not an option then. Nor were two.
    let same = validation.by_script().all(|(_, of)| of.l2 == training.l2);
    let l2 = if same { format!("`--l2 {}` ", training.l2) } else { String::new() };
    writeln!(card, "Options: {from}{l2}`--min-count {min_count}` {prune}`--seed {seed}`.\n")?;
    write_sources(card, corpus, training)?;
    write_start(card, trained)?;
    write_classes(card, trained)?;
    write_slices(card, corpus, trained)?;
    write_experts(card, corpus, validation)?;
    write_kinds(card, trained)?;
    if validation.by_script().any(|(_, of)| of.triage.is_some()) {
        writeln!(card, "\n## Thresholds\n")?;
    }
    for (script, of) in validation.by_script() {
        if let Some(script) = script {
            if !card.ends_with("\n\n") {
                writeln!(card)?;
            }
            writeln!(card, "### {}\n", Language::English.words().script_title(script))?;
        }
        match &of.triage {
            Some(choice) if choice.inherited => write_inherited(card, corpus, trained, (script, of), choice)?,
            _ => write_thresholds(card, &trained.model.training, (script, of))?,
        }
    }
    writeln!(card)
}

/// Model that it learnt on top of, beside this one, or why it started from nothing; nothing if it was to.
fn write_start(card: &mut String, trained: &Trained) -> Result {
    let t = Language::English.words();
    if let Some(why) = beside::from_nothing(t, trained) {
        return writeln!(card, "## Start\n\n{why}\n");
    }
    let Some(beside) = beside::beside(t, trained, percent) else { return Ok(()) };
    writeln!(card, "## Start\n\n{} {}\n", beside.start, beside.verdict)?;
    writeln!(card, "| | {} | {} |\n|---|---|---|", t.own_column, beside.other)?;
    for (name, own, other) in beside.rows {
        writeln!(card, "| {name} | {own} | {other} |")?;
    }
    writeln!(card, "\n{}\n", beside.help)
}

/// Thresholds of the model that it learnt on top of, and what they do to these comments.
fn write_inherited(
    card: &mut String,
    corpus: &Corpus,
    trained: &Trained,
    (script, validation): (Option<&str>, &Validation),
    choice: &ThresholdChoice,
) -> Result {
    let t = Language::English.words();
    let Triage { promises, thresholds, .. } = &choice.triage;
    let set_aside = validation.set_aside.is_some();
    let scores = decided_on(trained, script, validation);
    let duplicates = NearDuplicates::find(&corpus.texts);
    let Some(decided) = Decided::count(&Classifier::new(&trained.model), corpus, &duplicates, &scores) else {
        return Ok(());
    };
    writeln!(
        card,
        "{} They are guaranteed for the comments of that model, with {} confidence each, not for these. What they do here \
         was measured on {} comments that {}, and is not guaranteed.\n",
        t.fill(t.inherited, &[&beside::name(t, &trained.model.training)]),
        limit(promises.confidence),
        decided.comments,
        if set_aside { "nothing was learnt from" } else { "were held out" },
    )?;
    writeln!(
        card,
        "| decision | P(abusive) | guaranteed for the comments of that model | decided here | wrong here |\n\
         |---|---|---|---|---|"
    )?;
    let mut row =
        |decision: &str, threshold: Option<String>, most: f64, what: &str, number: u64, tally: Tally, broken: bool| {
            let Some(threshold) = threshold else {
                return writeln!(card, "| {decision} | none | - | 0 | - |");
            };
            let share = percent(number as f64 / decided.comments.max(1) as f64);
            let wrong = match tally.comments {
                0 => "-".to_owned(),
                comments => {
                    let broken = if broken { ", **clearly more**" } else { "" };
                    format!("{} {what} ({} of {comments}){broken}", percent(tally.share()), tally.wrong)
                }
            };
            writeln!(
                card,
                "| {decision} | {threshold} | at most {} {what} | {number} ({share}) | {wrong} |",
                limit(most)
            )
        };
    let publish = thresholds.publish_below.map(|below| format!("below {below:.4}"));
    let reject = thresholds.reject_above.map(|above| format!("above {above:.4}"));
    let (most_abusive, most_innocent) = (promises.max_abusive_published, promises.max_innocent_rejected);
    let [publish_broken, reject_broken] = inherited_broken(validation, choice);
    row("publish", publish, most_abusive, "abusive", decided.publish, decided.published, publish_broken)?;
    row("reject", reject, most_innocent, "not abusive", decided.reject, decided.rejected, reject_broken)?;
    writeln!(card)?;
    for (what, empty, outlook) in
        [("published", "publishing", &choice.publish), ("rejected", "rejecting", &choice.reject)]
    {
        let ways = match (outlook.empty, outlook.smallest, outlook.more) {
            (true, ..) => format!("an empty promise, since {empty} every comment would keep it"),
            (_, None, None) => "none with comments like these, however many".to_owned(),
            (_, smallest, more) => {
                let smallest = smallest.map(|error| format!("about {} wrong can be guaranteed", limit(error)));
                let more = more.map(|more| format!("the error asked for takes about {more} more labelled comments"));
                smallest.into_iter().chain(more).collect::<Vec<_>>().join("; ")
            }
        };
        writeln!(card, "- For a guarantee on these comments, {what}: {ways}.")?;
    }
    Ok(())
}

/// Table of the files.
fn write_sources(card: &mut String, corpus: &Corpus, training: &Training) -> Result {
    writeln!(card, "## Sources\n")?;
    writeln!(card, "| file | comments | weight | validated | labels |\n|---|---|---|---|---|")?;
    for (file, path) in corpus.files.iter().enumerate() {
        let path = path.to_string_lossy();
        let shown = name(&path);
        let of: Vec<usize> = (0..corpus.len()).filter(|&i| corpus.file(i) == file).collect();
        let by_file = training.weights.iter().find(|(name, _)| *name == path).map_or(1.0, |(_, weight)| *weight);
        let weight: f64 = of.iter().map(|&i| f64::from(corpus.weights[i] * by_file)).sum();
        let share = match &training.validated_on[..] {
            [] => 1.0,
            files => files.iter().find(|(name, _)| *name == path).map_or(0.0, |(_, share)| *share),
        };
        writeln!(card, "| {shown} | {} | {weight:.0} | {:.0} % | {} |", of.len(), share * 100.0, labels(corpus, &of))?;
    }
    writeln!(
        card,
        "\nWeight: total weight of the comments of a file in training. Only the validated share of a file enters the \
         metrics below, and only that share fits the calibrator.\n"
    )
}

/// Table of the classes.
fn write_classes(card: &mut String, trained: &Trained) -> Result {
    let validation = &trained.validation;
    writeln!(card, "## Metrics\n")?;
    writeln!(
        card,
        "Cross-validation ({} of 5 folds, near-duplicates in one fold): every comment was scored by a model that had not \
         learnt from it. ROC AUC: the class against the rest.\n",
        validation.folds
    )?;
    writeln!(card, "| class | precision | recall | F1 | ROC AUC | comments |\n|---|---|---|---|---|---|")?;
    for class in &validation.figures.classes {
        let auc = or_dash(class.roc_auc);
        writeln!(
            card,
            "| {} | {:.3} | {:.3} | {:.3} | {auc} | {} |",
            name(&class.class),
            class.precision,
            class.recall,
            class.f1,
            class.support
        )?;
    }
    writeln!(card, "\nExpected calibration error: {:.3}.\n", validation.calibrated.ece)
}

/// Kinds of abuse that could be judged; nothing if none could.
fn write_kinds(card: &mut String, trained: &Trained) -> Result {
    if trained.validation.kinds.is_empty() {
        return Ok(());
    }
    writeln!(
        card,
        "\n## Kinds of abuse\n\n\
         Each kind was judged on comments of files that it had not learnt from, or by cross-validation where one file alone has \
         comments of it. The model has a kind if the lower limit of its ROC AUC among all comments (95 % interval, DeLong) is at \
         least {MIN_ROC_AUC:.2} and it is told from other abuse (lower limit above 0.5). Precision and recall are those at the \
         threshold of the best F1: of a threat among all comments, of other kinds among abusive ones.\n"
    )?;
    writeln!(
        card,
        "| kind | script | in the model | ROC AUC | ROC AUC among abusive comments | comments of the kind | of | of them abusive | \
         files left out | threshold | precision | recall |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
    )?;
    for KindValidation { script, kind, kept, threshold, figures: of } in &trained.validation.kinds {
        let auc = |auc: f64, [low, high]: [f64; 2]| format!("{auc:.3} ({low:.3} to {high:.3})");
        let files = if of.files == 0 { "cross-validated".to_owned() } else { of.files.to_string() };
        writeln!(
            card,
            "| {kind} | {} | {} | {} | {} | {} | {} | {} | {files} | {threshold:.2} | {:.2} | {:.2} |",
            script.unwrap_or("all"),
            if *kept { "yes" } else { "no" },
            auc(of.roc_auc, of.interval),
            auc(of.roc_auc_in_abuse, of.interval_in_abuse),
            of.positives,
            of.comments,
            of.abusive,
            of.precision,
            of.recall
        )?;
    }
    writeln!(card)
}

/// Table of the slices.
fn write_slices(card: &mut String, corpus: &Corpus, trained: &Trained) -> Result {
    let aucs: Vec<String> = names(&corpus.classes).iter().map(|class| format!("ROC AUC {class}")).collect();
    writeln!(card, "| comments | number | macro-F1 | {} | log loss |", aucs.join(" | "))?;
    writeln!(card, "|---|---|---|{}---|", "---|".repeat(aucs.len()))?;
    for slice in Slice::all(corpus) {
        let of: Vec<&(usize, Score)> = trained.held_out.iter().filter(|(i, _)| slice.contains(corpus, *i)).collect();
        if of.is_empty() {
            continue;
        }
        let name = match slice {
            Slice::All => "all".to_owned(),
            Slice::File(file) => name(&corpus.files[file].to_string_lossy()),
            Slice::Arabic => "mostly Arabic letters".to_owned(),
            Slice::Other => "mostly other letters".to_owned(),
            Slice::Words(0, to) => format!("up to {to} words"),
            Slice::Words(from, usize::MAX) => format!("more than {from} words"),
            Slice::Words(from, to) => format!("{} to {to} words", from + 1),
        };
        let labels: Vec<LabelSet> = of.iter().map(|(i, _)| corpus.labels[*i]).collect();
        let predicted: Vec<usize> = of.iter().map(|(_, score)| score.class).collect();
        let probabilities: Vec<Probabilities> = of.iter().map(|(_, score)| score.probabilities).collect();
        let figures = figures(&corpus.classes, &labels, &predicted, &probabilities);
        let log_loss = calibration(&labels, &probabilities).log_loss;
        let aucs: Vec<String> = figures.classes.iter().map(|class| or_dash(class.roc_auc)).collect();
        writeln!(card, "| {name} | {} | {:.3} | {} | {log_loss:.3} |", of.len(), figures.macro_f1, aucs.join(" | "))?;
    }
    Ok(())
}

/// Table of the experts; nothing if there is one for all comments.
fn write_experts(card: &mut String, corpus: &Corpus, validation: &Validation) -> Result {
    if validation.experts.is_empty() {
        return Ok(());
    }
    writeln!(card, "\nComments of each script have weights, a calibrator and thresholds of their own.\n")?;
    let abusive = corpus.classes.abusive();
    writeln!(card, "| script | learnt from | l2 | macro-F1 | ROC AUC of abuse | expected calibration error |")?;
    writeln!(card, "|---|---|---|---|---|---|")?;
    for (script, of) in validation.by_script() {
        let l2 = if of.l2.is_finite() { of.l2.to_string() } else { "weights unchanged".to_owned() };
        let auc = or_dash(abusive.and_then(|abusive| of.figures.classes[abusive].roc_auc));
        let script = script_letters(script.unwrap_or_default());
        let (f1, ece) = (of.figures.macro_f1, of.calibrated.ece);
        writeln!(card, "| {script} | {} | {l2} | {f1:.3} | {auc} | {ece:.3} |", of.comments)?;
    }
    Ok(())
}

/// Tables of the thresholds.
fn write_thresholds(
    card: &mut String,
    training: &Training,
    (script, validation): (Option<&str>, &Validation),
) -> Result {
    let Some(choice) = &validation.triage else { return Ok(()) };
    let (triage, promises) = (&choice.triage, &choice.triage.promises);
    let (thresholds, rates) = (&triage.thresholds, triage.rates.unwrap_or_default());
    let confidence = limit(promises.confidence);
    let chosen_on = match (validation.set_aside, &training.thresholds_on[..]) {
        (Some(of), _) => {
            let cost = of.macro_f1_cost.map_or(String::new(), |cost| format!("; this costs about {cost:.3} macro-F1"));
            format!("{} comments that nothing was learnt from ({} of all{cost})", of.comments, percent(of.share))
        }
        (None, []) => {
            return writeln!(card, "None: {}", no_threshold(validation, promises));
        }
        (None, files) if triage.tested_on() == 0 => {
            return writeln!(card, "None: no comment of {} is in this script.", names(files).join(", "));
        }
        (None, files) => {
            format!("{} comments of {}, which nothing was learnt from", triage.tested_on(), names(files).join(", "))
        }
    };
    writeln!(card, "Chosen on {chosen_on}; without near-duplicates {}.\n", triage.tested_on())?;
    writeln!(
        card,
        "| decision | P(abusive) | comments | wrong | guaranteed | wrongly decided so |\n|---|---|---|---|---|---|"
    )?;
    let inherited = [choice.publish.inherited, choice.reject.inherited];
    let zone = |decision: &str, threshold: Option<String>, counts: &Counts, most: f64, error: &str, of: &str| {
        let is_inherited = inherited[usize::from(decision == "reject")];
        let elsewhere = if is_inherited { ", **not for these comments**" } else { "" };
        let (decided, through) = (counts.decided(), counts.wrong_rate());
        let Some(threshold) = threshold else {
            return format!("| {decision} | none | 0 | - | - | - |");
        };
        format!(
            "| {decision} | {threshold} | {} ({}) | {} {error} ({}) | at most {}{elsewhere} | {} of all {of} ({} of {}) |",
            decided.comments,
            percent(decided.comments as f64 / triage.tested_on().max(1) as f64),
            percent(decided.share()),
            decided.wrong,
            limit(most),
            percent(through.share()),
            through.wrong,
            through.comments
        )
    };
    let publish = thresholds.publish_below.map(|below| format!("below {below:.4}"));
    let reject = thresholds.reject_above.map(|above| format!("above {above:.4}"));
    let (most_abusive, most_innocent) = (promises.max_abusive_published, promises.max_innocent_rejected);
    writeln!(card, "{}", zone("publish", publish, &rates.published, most_abusive, "abusive", "abuse"))?;
    writeln!(card, "{}\n", zone("reject", reject, &rates.rejected, most_innocent, "not abusive", "other comments"))?;
    if inherited != [false; 2] {
        let t = Language::English.words();
        writeln!(card, "{}\n", t.fill(t.inherited_one, &[&beside::name(t, training)]))?;
    }
    let promised = choice.promised();
    let decides = match promised {
        [None, None] => false,
        [Some(_), Some(_)] => {
            let joint = limit(choice.joint_confidence);
            writeln!(card, "Each guarantee has {confidence} confidence; both hold together with at least {joint}.\n")?;
            true
        }
        _ => {
            writeln!(card, "The guarantee has {confidence} confidence.\n")?;
            true
        }
    };
    if let (Some(_), Some(rate)) = (promised[0], promises.max_abuse_let_through) {
        writeln!(card, "Guaranteed as well: at most {} of all abuse is published.\n", limit(rate))?;
    }
    if thresholds.publish_below.is_none() || thresholds.reject_above.is_none() {
        writeln!(card, "Without a threshold: {}\n", no_threshold(validation, promises))?;
    }
    if decides {
        if let Some(share) = promises.abusive_share {
            let here = percent(triage.tested_share());
            let share = limit(share);
            writeln!(
                card,
                "Guaranteed where {share} of the comments are abusive, as was stated. Of these comments {here} are, so that \
                 their errors, above and by script, are others than there.\n"
            )?;
        }
        write_shares(card, choice)?;
        // Those of one script are for this script.
        if script.is_none() {
            write_scripts(card, choice)?;
        }
    }
    Ok(())
}

/// Reasons why thresholds are missing.
fn no_threshold(validation: &Validation, promises: &Promises) -> String {
    let Some(choice) = &validation.triage else { return String::new() };
    let reason = |threshold: Option<f32>, outlook: &Outlook, asked: f64, what: &str| {
        let most = limit(asked);
        let missing = threshold.is_none();
        missing.then(|| match (outlook.empty, outlook.smallest, outlook.more) {
            (true, ..) => format!("\"at most {most} {what}\" is an empty promise."),
            (_, smallest, more) => {
                let smallest = smallest.map(|error| format!("; about {} can be", limit(error)));
                let more = more.map(|more| format!("; it takes about {more} more labelled comments"));
                format!(
                    "\"at most {most} {what}\" cannot be guaranteed with these comments{}{}.",
                    smallest.unwrap_or_default(),
                    more.unwrap_or_default()
                )
            }
        })
    };
    let thresholds = &choice.triage.thresholds;
    let publish =
        reason(thresholds.publish_below, &choice.publish, promises.max_abusive_published, "of the published abusive");
    let reject =
        reason(thresholds.reject_above, &choice.reject, promises.max_innocent_rejected, "of the rejected not abusive");
    publish.into_iter().chain(reject).collect::<Vec<_>>().join(" ")
}

/// Table of the errors at shares of abuse.
fn write_shares(card: &mut String, choice: &ThresholdChoice) -> Result {
    let (triage, promises) = (&choice.triage, &choice.triage.promises);
    let (thresholds, rates) = (&triage.thresholds, triage.rates.unwrap_or_default());
    writeln!(card, "| share of abuse | published: abusive | rejected: not abusive |\n|---|---|---|")?;
    let mut row = |share: String, published: Option<f64>, rejected: Option<f64>| {
        let cell = |error: Option<f64>| error.map_or("-".to_owned(), percent);
        writeln!(card, "| {share} | {} | {} |", cell(published), cell(rejected))
    };
    let published = thresholds.publish_below.map(|_| &rates.published);
    let rejected = thresholds.reject_above.map(|_| &rates.rejected);
    if let Some(share) = promises.abusive_share {
        let published = published.map(|counts| counts.error_at(share));
        row(
            format!("{}, as stated: guaranteed", limit(share)),
            published,
            rejected.map(|counts| counts.error_at(1.0 - share)),
        )?;
    } else {
        let share = |counts: &Counts| counts.decided().share();
        row(
            format!("{}, as here: guaranteed", percent(triage.tested_share())),
            published.map(share),
            rejected.map(share),
        )?;
        for errors in choice.at_share.iter().rev() {
            row(limit(errors.share), errors.published, errors.rejected)?;
        }
    }
    writeln!(card)
}

/// Table of the errors in each script.
fn write_scripts(card: &mut String, choice: &ThresholdChoice) -> Result {
    writeln!(card, "| script | comments | published: abusive | rejected: not abusive |\n|---|---|---|---|")?;
    for of in &choice.by_script {
        let cell = |tally: Tally, broken: bool| match tally.comments {
            0 => "-".to_owned(),
            comments => format!(
                "{} ({} of {comments}){}",
                percent(tally.share()),
                tally.wrong,
                if broken { ", **broken**" } else { "" }
            ),
        };
        let script = script_letters(of.script);
        let (published, rejected) = (cell(of.published, of.publish_broken), cell(of.rejected, of.reject_broken));
        writeln!(card, "| {script} | {} | {published} | {rejected} |", of.comments)?;
    }
    if choice.by_script.iter().any(|of| of.publish_broken || of.reject_broken) {
        writeln!(card, "\nBroken: the guarantee holds for all comments together, and does not hold in this script.")?;
    }
    Ok(())
}

fn script_letters(script: &str) -> &'static str {
    if script == "arabic" { "mostly Arabic letters" } else { "mostly other letters" }
}

/// Share in per cent, to a tenth.
fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Limit or confidence in per cent, as it was asked for.
fn limit(share: f64) -> String {
    format!("{} %", (share * 1e6).round() / 1e4)
}

fn or_dash(auc: Option<f64>) -> String {
    auc.map_or("-".to_owned(), |auc| format!("{auc:.3}"))
}

/// Name of a file or a class, so that Markdown shows it as it is.
fn name(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '|' | '`' | '[' | ']' | '*' | '\\' => shown.extend(['\\', c]),
            c if c.is_control() => shown.push(char::REPLACEMENT_CHARACTER),
            c => shown.push(c),
        }
    }
    shown
}

fn names(all: &[String]) -> Vec<String> {
    all.iter().map(|each| name(each)).collect()
}

/// Numbers of the comments by label.
fn labels(corpus: &Corpus, of: &[usize]) -> String {
    let mut counts = std::collections::BTreeMap::new();
    of.iter().for_each(|&i| *counts.entry(corpus.classes.name(corpus.labels[i])).or_insert(0) += 1);
    // A pipe would end the cell.
    let all = counts.iter().map(|(label, count)| format!("{count} {}", name(&label.replace('|', " or "))));
    all.collect::<Vec<String>>().join(", ")
}
