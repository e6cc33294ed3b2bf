//! Advice at the end of the summary: what to do now, by what was found.

use crate::evaluate::thresholds::{Outlook, ScriptErrors, ThresholdChoice};
use crate::report::Scored;
use crate::report::build::View;
use crate::report::page::Step;
use crate::report::summary::{count, limit};

/// Maximum number of steps.
const MAX_STEPS: usize = 4;

/// Command in a text: [`Step::new`] finds it by its quotes.
fn command(text: &str) -> String {
    format!("\u{2068}`{text}`\u{2069}")
}

impl Step {
    fn new(text: &str) -> Step {
        let stretches = text.split('`').enumerate().map(|(place, text)| (place % 2 == 1, text.to_owned()));
        Step { stretches: stretches.filter(|(_, text)| !text.is_empty()).collect() }
    }
}

impl View<'_> {
    /// Steps after a training, most important first; the first week comes last.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let t = self.t;
        let Scored::HeldOut(trained, _) = &self.subject.scored else { return Vec::new() };
        let mut steps: Vec<String> = Vec::new();
        let mut decides = false;
        match &trained.validation.triage {
            Some(choice) => {
                let thresholds = choice.triage.thresholds;
                decides = thresholds.publish_below.is_some() || thresholds.reject_above.is_some();
                self.steps_to_promises(choice, &mut steps);
                if decides && choice.triage.promises.abusive_share.is_none() {
                    steps.push(t.fill(t.step_share, &[&command("--abusive-share")]));
                }
            }
            None if self.classes().abusive().is_none() => {
                steps.push(t.fill(t.step_class, &[&command("abusive"), &command("--map LABEL=abusive")]));
            }
            None => {}
        }
        let contradictions = self.subject.corpus.contradictions(self.subject.duplicates).len();
        if contradictions > 0 {
            steps.push(t.fill(t.step_contradictions, &[&count(contradictions as u64), &command("naqd-audit")]));
        }
        if decides {
            steps.truncate(MAX_STEPS - 1);
            let (watch, check) = (command("naqd-score --watch-only"), command("naqd-score --check"));
            steps.push(t.fill(t.step_watch, &[&watch, &check]));
        }
        steps.truncate(MAX_STEPS);
        steps.iter().map(|text| Step::new(text)).collect()
    }

    /// Steps to promises that are broken, empty or could not be given.
    fn steps_to_promises(&self, choice: &ThresholdChoice, steps: &mut Vec<String>) {
        let (t, promises) = (self.t, &choice.triage.promises);
        let (publish, reject) = ("--max-abusive-published", "--max-innocent-rejected");
        let broken = |of: &&ScriptErrors| of.publish_broken || of.reject_broken;
        for of in choice.by_script.iter().filter(broken) {
            let option = if of.publish_broken { publish } else { reject };
            steps.push(t.fill(t.step_script, &[self.script(of), &command(option)]));
        }
        let missing = |outlook: &Outlook, head: &str, allow: &str, option: &str, asked: f64| {
            let mut ways = Vec::new();
            if let Some(smallest) = outlook.smallest {
                let option = command(&format!("{option} {}", limit(smallest)));
                ways.push(t.fill(allow, &[&limit(smallest), &limit(asked), &option]));
            }
            match outlook.more {
                Some(more) => ways.push(t.fill(t.way_label, &[&count(more)])),
                None if ways.is_empty() => ways.push(t.fill(t.way_consistent, &[&command("naqd-audit")])),
                None => {}
            }
            let more_helps = if outlook.more.is_none() { format!(" {}", t.more_do_not_help) } else { String::new() };
            format!("{head} {}.{more_helps}", ways.join(t.or_else))
        };
        let thresholds = &choice.triage.thresholds;
        if thresholds.publish_below.is_none() {
            steps.push(match choice.publish.empty {
                true => t.fill(
                    t.step_publish_empty,
                    &[&limit(promises.max_abusive_published), &command("--max-abuse-let-through 20%")],
                ),
                false => {
                    missing(&choice.publish, t.step_publish, t.way_publish, publish, promises.max_abusive_published)
                }
            });
        }
        if thresholds.reject_above.is_none() {
            steps.push(match choice.reject.empty {
                true => t.fill(t.step_reject_empty, &[&limit(promises.max_innocent_rejected), &command(reject)]),
                false => missing(&choice.reject, t.step_reject, t.way_reject, reject, promises.max_innocent_rejected),
            });
        }
    }
}
