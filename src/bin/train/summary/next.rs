//! Most important step after a training.

use naqd::evaluate::{Outlook, PriorUse, ThresholdChoice};

use crate::shared::label_map;

use super::{PUBLISH_OPTION, REJECT_OPTION, Summary, limit, of_script};

impl Summary<'_> {
    /// Most important step now, as the report puts it first too.
    pub(super) fn next(&self) -> String {
        if let PriorUse::OnTop(on_top) = &self.report.prior
            && on_top.is_worse(self.report)
        {
            return format!(
                "use {} instead of this model; look for labels that contradict one another with naqd-audit, or label more \
                 comments",
                self.from()
            );
        }
        for (script, of) in self.report.by_script() {
            let PriorUse::OnTop(on_top) = &of.prior else { continue };
            let more = script.map_or("a few hundred comments more".to_owned(), |script| {
                format!("a few hundred {} more", of_script(script))
            });
            if of.l2.is_infinite() || on_top.is_worse(of) {
                return format!("label {more}; look for labels that contradict one another with naqd-audit");
            }
        }
        if self.args.chosen && self.thresholds_on.is_none() {
            return "label some 400 comments drawn at random and let them judge the thresholds, with --thresholds-on"
                .to_owned();
        }
        let scripts: Vec<(Option<&str>, &ThresholdChoice)> =
            self.report.by_script().filter_map(|(script, of)| Some((script, of.triage.as_ref()?))).collect();
        if scripts.is_empty() {
            let map = label_map::missing_map(self.corpus).unwrap_or_else(|| "--map LABEL=abusive".to_owned());
            return format!("name the class of abuse \"abusive\", for example with {map}");
        }
        let missing = scripts.iter().find_map(|&(script, choice)| publishing(script, choice));
        let missing = missing.or_else(|| scripts.iter().find_map(|&(script, choice)| rejecting(script, choice)));
        if let Some(step) = missing {
            return step;
        }
        if scripts.iter().all(|(_, choice)| choice.triage.promises.abusive_share.is_none()) {
            return "label 200 comments drawn at random, train again and state the share of abuse among them with \
                    --abusive-share"
                .to_owned();
        }
        if !self.contradictions.is_empty() {
            return "keep one label for each of the comments whose labels conflict".to_owned();
        }
        "in the first week let naqd-score only watch, with --watch-only, then check it on new labels, with --check"
            .to_owned()
    }
}

/// Step to a guarantee on what is published of the comments of a script, or of all, or to one that holds in each script; none
/// if it is given.
fn publishing(script: Option<&str>, choice: &ThresholdChoice) -> Option<String> {
    let mut broken = choice.by_script.iter().filter(|of| of.publish_broken || of.reject_broken);
    if let (None, Some(of)) = (script, broken.next()) {
        let option = if of.publish_broken { PUBLISH_OPTION } else { REJECT_OPTION };
        return Some(format!(
            "label more {} before naqd decides them alone, or ask for a smaller error with {option}",
            of_script(of.script)
        ));
    }
    if choice.triage.thresholds.publish_below.is_some() && !choice.publish.inherited {
        return None;
    }
    let so_that = so_that(script, choice.publish.inherited, "publish", "published");
    Some(match choice.publish.empty {
        true => {
            format!("{so_that}limit how much of all abuse gets through, for example with --max-abuse-let-through 20%")
        }
        false => so_that + &next_step(PUBLISH_OPTION, "abusive among the published", &choice.publish),
    })
}

/// Step to a guarantee on what is rejected; none if it is given.
fn rejecting(script: Option<&str>, choice: &ThresholdChoice) -> Option<String> {
    if choice.triage.thresholds.reject_above.is_some() {
        return None;
    }
    let so_that = so_that(script, choice.reject.inherited, "reject", "rejected");
    Some(match choice.reject.empty {
        true => format!("{so_that}ask for a smaller error with {REJECT_OPTION}"),
        false => so_that + &next_step(REJECT_OPTION, "not abusive among the rejected", &choice.reject),
    })
}

/// Aim of a step.
fn so_that(script: Option<&str>, inherited: bool, decide: &str, decided: &str) -> String {
    let comments = script.map_or(String::new(), |script| format!(" {}", of_script(script)));
    match (inherited, script) {
        (true, None) => format!("for a guarantee on what is {decided} of yours, "),
        (true, Some(_)) => format!("for a guarantee on what is {decided} of your{comments}, "),
        (false, _) => format!("so that naqd can {decide}{comments}, "),
    }
}

/// Greatest error that it advises to accept.
const MAX_ADVISED: f64 = 0.25;

/// What to do where a promise cannot be given.
fn next_step(option: &str, error: &str, outlook: &Outlook) -> String {
    let smallest = outlook.smallest.filter(|smallest| *smallest <= MAX_ADVISED);
    let smallest = smallest.map(|smallest| format!("accept up to {} {error} ({option})", limit(smallest)));
    let more = outlook.more.map(|more| format!("label about {more} more comments like these"));
    let ways: Vec<String> = smallest.into_iter().chain(more).collect();
    if ways.is_empty() { "make the labels more consistent, with naqd-audit".to_owned() } else { ways.join(", or ") }
}
