//! Advice at the end of the summary: what to do now, by what was found.

use crate::evaluate::thresholds::{Outlook, ScriptErrors, ThresholdChoice};
use crate::evaluate::validation::{Comparison, PriorUse, Validation};
use crate::report::Scored;
use crate::report::beside;
use crate::report::build::View;
use crate::report::experts::ExpertView;
use crate::report::page::Step;
use crate::report::summary::{count, limit};

/// Maximum number of steps, and of more of them if there are two scripts.
const MAX_STEPS: usize = 4;
const MAX_STEPS_OF_OTHER: usize = 2;

/// Greatest error that it advises to accept.
const MAX_ADVISED: f64 = 0.25;

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
        let from = beside::name(t, &self.subject.model.training);
        let worse = |of: &Validation| match &of.prior {
            PriorUse::OnTop(on_top) => on_top.compare(of) == Comparison::Worse,
            _ => false,
        };
        let all_worse = worse(&trained.validation);
        if all_worse {
            steps.push(t.fill(t.step_worse, &[&from, &command("naqd-audit")]));
        }
        let of_expert = |expert: &ExpertView| {
            let mut steps = Vec::new();
            let Some(validation) = expert.validation else { return steps };
            let mut nothing_learnt = all_worse;
            if !all_worse && worse(validation) {
                steps.push(t.fill(t.step_worse_script, &[&from, &command("naqd-audit")]));
                nothing_learnt = true;
            } else if !all_worse && validation.l2.is_infinite() {
                steps.push(t.fill(t.step_unchanged, &[&command("naqd-audit")]));
                nothing_learnt = true;
            }
            if let Some(choice) = expert.choice() {
                self.steps_to_promises(expert, choice, nothing_learnt, &mut steps);
            }
            steps
        };
        let of_experts: Vec<Vec<String>> = self.experts.iter().map(of_expert).collect();
        for (place, expert) in self.experts.iter().enumerate() {
            for step in &of_experts[place] {
                // What both scripts need is said once.
                match of_experts.iter().all(|of| of.contains(step)) {
                    true if steps.contains(step) => {}
                    true => steps.push(step.clone()),
                    false => steps.push(t.about(expert.script, step)),
                }
            }
        }
        let decides = self.experts.iter().any(ExpertView::decides);
        let no_share = |choice: &ThresholdChoice| !choice.inherited && choice.triage.promises.abusive_share.is_none();
        if self.experts.iter().any(|expert| expert.decides() && expert.choice().is_some_and(no_share)) {
            steps.push(t.fill(t.step_share, &[&command("--abusive-share")]));
        }
        if self.classes().abusive().is_none() {
            steps.push(t.fill(t.step_class, &[&command("abusive"), &command("--map LABEL=abusive")]));
        }
        let most = MAX_STEPS + MAX_STEPS_OF_OTHER * (self.experts.len() - 1);
        let contradictions = self.subject.corpus.contradictions(self.subject.duplicates).len();
        if contradictions > 0 {
            steps.push(t.fill(t.step_contradictions, &[&count(contradictions as u64), &command("naqd-audit")]));
        }
        if decides {
            steps.truncate(most - 1);
            let (watch, check) = (command("naqd-score --watch-only"), command("naqd-score --check"));
            steps.push(t.fill(t.step_watch, &[&watch, &check]));
        }
        steps.truncate(most);
        steps.iter().map(|text| Step::new(text)).collect()
    }

    /// Steps to promises that are broken, empty or could not be given.
    fn steps_to_promises(
        &self,
        expert: &ExpertView,
        choice: &ThresholdChoice,
        nothing_learnt: bool,
        steps: &mut Vec<String>,
    ) {
        let (t, promises) = (self.t, &choice.triage.promises);
        let (publish, reject) = ("--max-abusive-published", "--max-innocent-rejected");
        let broken = |of: &&ScriptErrors| expert.script.is_none() && (of.publish_broken || of.reject_broken);
        for of in choice.by_script.iter().filter(broken) {
            let option = if of.publish_broken { publish } else { reject };
            steps.push(t.fill(t.step_script, &[t.script(of.script), &command(option)]));
        }
        // Where the promises are those of another model, the error that was asked for is not known here.
        let missing = |outlook: &Outlook, head: &str, allow: &str, option: &str, asked: Option<f64>| {
            let mut ways = Vec::new();
            if let Some(smallest) = outlook.smallest.filter(|smallest| *smallest <= MAX_ADVISED) {
                let option = command(&format!("{option} {}", limit(smallest)));
                ways.push(match asked {
                    Some(asked) => t.fill(allow, &[&limit(smallest), &limit(asked), &option]),
                    None => t.fill(allow, &[&limit(smallest), &option]),
                });
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
        // That labels should be more consistent, a step before says where nothing was learnt from them.
        let says = |outlook: &Outlook| {
            let smallest = outlook.smallest.is_some_and(|smallest| smallest <= MAX_ADVISED);
            outlook.empty || outlook.more.is_some() || smallest || !nothing_learnt
        };
        if choice.inherited || choice.publish.inherited {
            let step = match choice.publish.empty {
                true => t.fill(t.step_publish_empty_own, &[&command("--max-abuse-let-through 20%")]),
                false => missing(&choice.publish, t.step_publish_own, t.way_publish_own, publish, None),
            };
            steps.extend(says(&choice.publish).then_some(step));
        } else if thresholds.publish_below.is_none() {
            steps.push(match choice.publish.empty {
                true => t.fill(
                    t.step_publish_empty,
                    &[&limit(promises.max_abusive_published), &command("--max-abuse-let-through 20%")],
                ),
                false => {
                    let asked = Some(promises.max_abusive_published);
                    missing(&choice.publish, t.step_publish, t.way_publish, publish, asked)
                }
            });
        }
        if choice.inherited || choice.reject.inherited {
            let step = match choice.reject.empty {
                true => t.fill(t.step_reject_empty_own, &[&command(reject)]),
                false => missing(&choice.reject, t.step_reject_own, t.way_reject_own, reject, None),
            };
            steps.extend(says(&choice.reject).then_some(step));
        } else if thresholds.reject_above.is_none() {
            steps.push(match choice.reject.empty {
                true => t.fill(t.step_reject_empty, &[&limit(promises.max_innocent_rejected), &command(reject)]),
                false => {
                    let asked = Some(promises.max_innocent_rejected);
                    missing(&choice.reject, t.step_reject, t.way_reject, reject, asked)
                }
            });
        }
    }
}
