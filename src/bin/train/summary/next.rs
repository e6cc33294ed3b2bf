//! Most important step after a training.

use naqd::Thresholds;
use naqd::evaluate::{Outlook, PriorUse, ScriptErrors};

use super::{PUBLISH_OPTION, REJECT_OPTION, Summary, limit};

impl Summary<'_> {
    /// Most important step now, as the report puts it first too.
    pub(super) fn next(&self) -> String {
        if let PriorUse::OnTop(on_top) = &self.report.prior {
            if on_top.is_worse(self.report) {
                return format!(
                    "use {} instead of this model; look for labels that contradict one another with naqd-audit, or label more \
                     comments",
                    self.from()
                );
            }
            if self.report.l2.is_infinite() {
                return "label a few hundred comments more; look for labels that contradict one another with naqd-audit"
                    .to_owned();
            }
        }
        let Some(choice) = &self.report.triage else {
            return "name the class of abuse \"abusive\", for example with --map LABEL=abusive".to_owned();
        };
        let Thresholds { publish_below, reject_above, .. } = choice.triage.thresholds;
        if let Some(of) = choice.by_script.iter().find(|of| of.publish_broken || of.reject_broken) {
            let option = if of.publish_broken { PUBLISH_OPTION } else { REJECT_OPTION };
            return format!(
                "label more {} before naqd decides them alone, or ask for a smaller error with {option}",
                script(of)
            );
        }
        let so_that = |decide: &str, decided: &str| match choice.inherited {
            true => format!("for a guarantee on what is {decided} of yours, "),
            false => format!("so that naqd can {decide}, "),
        };
        if publish_below.is_none() || choice.inherited {
            return match choice.publish.empty {
                true => format!(
                    "{}limit how much of all abuse gets through, for example with --max-abuse-let-through 20%",
                    so_that("publish", "published")
                ),
                false => {
                    so_that("publish", "published")
                        + &next_step(PUBLISH_OPTION, "abusive among the published", &choice.publish)
                }
            };
        }
        if reject_above.is_none() {
            return match choice.reject.empty {
                true => format!("so that naqd can reject, ask for a smaller error with {REJECT_OPTION}"),
                false => {
                    so_that("reject", "rejected")
                        + &next_step(REJECT_OPTION, "not abusive among the rejected", &choice.reject)
                }
            };
        }
        if choice.triage.promises.abusive_share.is_none() {
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

/// Comments of a script, in words.
pub(super) fn script(of: &ScriptErrors) -> &'static str {
    if of.script == "arabic" { "comments in Arabic script" } else { "comments not in Arabic script" }
}
