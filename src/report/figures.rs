//! Plots with their legends.

use crate::evaluate::thresholds::wrong;
use crate::model::label::Probabilities;
use crate::report::beside;
use crate::report::build::{View, or_none};
use crate::report::curves::{likeliest, of_class, ranking, reliability, slider};
use crate::report::experts::ExpertView;
use crate::report::grammar::isolated;
use crate::report::learning::{LearningCurve, MORE};
use crate::report::page::{Figure, Learning, Slider, Swatch, Zone};
use crate::report::plots::{Line, Look, Plot, Scale};
use crate::report::summary::{count, gain, limit, percent};
use crate::stats::Tally;

/// Colours of the published comments, and of curves of no class.
const PUBLISH: usize = 2;
const PLAIN: usize = 4;

impl View<'_> {
    pub(crate) fn ranking(&self) -> Vec<Figure> {
        let t = self.t;
        let (mut curves, mut rocs) = (Vec::new(), vec![Line::new(Look::Quiet, vec![(0.0, 0.0), (1.0, 1.0)])]);
        let (mut precise, mut found) = (Vec::new(), Vec::new());
        for (class, name) in self.classes().iter().enumerate() {
            let name = t.class(name);
            let colour = self.colours[class];
            let Some(ranking) = ranking(&self.labels, &self.probabilities, class) else { continue };
            let swatch = |name| Swatch { kind: "line", colour, name };
            let average = format!("{:.3}", ranking.average_precision);
            precise.push(swatch(t.fill(t.metric, &[&name, t.ap, &average])));
            let area = or_none(self.figures.classes[class].roc_auc);
            found.push(swatch(t.fill(t.metric, &[&name, t.auc, &area])));
            curves.push(Line::new(Look::Class(colour), ranking.precision_recall));
            rocs.push(Line::new(Look::Class(colour), ranking.roc));
        }
        if curves.is_empty() {
            return Vec::new();
        }
        let plot = |title, lines| Plot {
            title,
            x: 0.0..1.0,
            y: 0.0..1.0,
            scales: (Scale::Share, Scale::Share),
            lines,
            marks: Vec::new(),
        };
        vec![
            Figure::new(t, &plot(t.pr_plot, curves), (t.recall, t.precision), precise),
            Figure::new(t, &plot(t.roc_plot, rocs), (t.false_alarms, t.recall), found),
        ]
    }

    pub(crate) fn reliability(&self) -> Vec<Figure> {
        let t = self.t;
        let figure = |title: &str, colour: usize, before, after| {
            let lines = vec![
                Line::new(Look::Quiet, vec![(0.0, 0.0), (1.0, 1.0)]),
                Line::new(Look::Dashed(colour), before),
                Line::dotted(Look::Class(colour), after),
            ];
            let plot = Plot {
                title,
                x: 0.0..1.0,
                y: 0.0..1.0,
                scales: (Scale::Share, Scale::Share),
                lines,
                marks: Vec::new(),
            };
            let legend = vec![
                Swatch { kind: "line dashed", colour, name: t.before.to_owned() },
                Swatch { kind: "line", colour, name: t.after.to_owned() },
            ];
            Figure::new(t, &plot, (t.said, t.so), legend)
        };
        let of =
            |probabilities: &[Probabilities], class: usize| reliability(of_class(&self.labels, probabilities, class));
        let all = |probabilities: &[Probabilities]| reliability(likeliest(&self.labels, probabilities));
        let mut plots = vec![figure(t.reliability_label, PLAIN, all(&self.uncalibrated), all(&self.probabilities))];
        let class = self.classes().abusive().unwrap_or(0);
        let title = t.fill(t.reliability_class, &[&isolated(&self.class(class))]);
        let (before, after) = (of(&self.uncalibrated, class), of(&self.probabilities, class));
        plots.push(figure(&title, self.colours[class], before, after));
        plots
    }

    /// Slider of each expert with thresholds. What two of them say alike is said once.
    pub(crate) fn sliders(&self) -> Vec<Slider> {
        let mut sliders: Vec<Slider> = self.experts.iter().filter_map(|expert| self.slider(expert)).collect();
        if let [first, others @ ..] = &mut sliders[..] {
            let same = others.iter_mut().filter(|other| other.help == first.help);
            same.for_each(|other| other.help.clear());
        }
        sliders
    }

    fn slider(&self, expert: &ExpertView) -> Option<Slider> {
        let (t, triage) = (self.t, expert.triage?);
        let (decided, abusive) = (expert.decided.as_ref()?, self.classes().abusive()?);
        let (promises, thresholds, all) = (triage.promises, triage.thresholds, expert.decided_on.len());
        let labels = &self.subject.corpus.labels;
        let familiar = || expert.decided_on.iter().filter(|(_, score)| triage.familiar.knows(&score.familiarity));
        let publish = familiar().map(|(i, of)| (of.probabilities[abusive], wrong(labels[*i], abusive).1));
        let reject =
            familiar().filter_map(|(i, of)| Some((1.0 - of.rejectable(abusive)?, wrong(labels[*i], abusive).0)));
        let curves = [publish.collect(), reject.collect()].map(|cases| slider(cases, all, promises.confidence));
        let greatest = promises.max_innocent_rejected.max(promises.max_abusive_published);
        let mut plot = Plot {
            title: t.slider_plot,
            x: 0.0..1.0,
            y: 0.0..(4.0 * greatest).clamp(0.05, 0.6),
            scales: (Scale::Share, Scale::Share),
            lines: Vec::new(),
            marks: Vec::new(),
        };
        let published = Side {
            name: t.publish,
            colour: PUBLISH,
            threshold: thresholds.publish_below.map(|below| format!("< {below:.4}")),
            tally: decided.published,
            share: decided.publish as f64 / decided.comments.max(1) as f64,
            asked: promises.max_abusive_published,
        };
        let rejected = Side {
            name: t.reject,
            colour: self.colours[abusive],
            threshold: thresholds.reject_above.map(|above| format!("> {above:.4}")),
            tally: decided.rejected,
            share: decided.reject as f64 / decided.comments.max(1) as f64,
            asked: promises.max_innocent_rejected,
        };
        let mut zones = Vec::new();
        for (side, curve) in [published, rejected].into_iter().zip(curves) {
            plot.lines.push(Line::new(Look::Quiet, vec![(0.0, side.asked), (1.0, side.asked)]));
            plot.lines.push(Line::new(Look::Dashed(side.colour), curve.bound));
            plot.lines.push(Line::new(Look::Class(side.colour), curve.observed));
            if let Some(threshold) = side.threshold {
                let point = (side.share, side.tally.share());
                plot.marks.extend((point.1 <= plot.y.end).then_some((side.colour, point)));
                zones.push(Zone {
                    name: side.name,
                    threshold,
                    share: percent(side.share),
                    observed: percent(side.tally.share()),
                    upper: percent(side.tally.upper(promises.confidence)),
                    asked: limit(side.asked),
                });
            }
        }
        let swatch = |colour, name: &str| Swatch { kind: "line", colour, name: name.to_owned() };
        let legend = vec![swatch(PUBLISH, t.published_line), swatch(self.colours[abusive], t.rejected_line)];
        let help = t.fill(t.slider_help, &[&percent(promises.confidence)]);
        let mut sentences = Vec::new();
        if expert.inherited() {
            let from = beside::name(t, &self.subject.model.training);
            sentences.push(t.fill(t.slider_inherited, &[&from]));
        } else {
            sentences.push(self.origin(expert, "", t.slider_set_aside, t.slider_elsewhere).to_owned());
            if let (Some(_), Some(share)) = (expert.choice(), promises.abusive_share) {
                sentences.push(t.fill(t.slider_share, &[&limit(share), &percent(triage.tested_share())]));
            }
        }
        Some(Slider {
            title: expert.script.map(|script| t.script_title(script)),
            help,
            origin: sentences.join(" "),
            plot: Figure::new(t, &plot, (t.share_decided, t.error), legend),
            zones,
        })
    }

    pub(crate) fn learning(&self, curve: &LearningCurve) -> Learning {
        let t = self.t;
        let measured = curve.points.last().map_or(0, |(comments, _)| *comments) as f64;
        let to = (curve.comments + MORE) as f64 * 1.05;
        let from = curve.points.first().map_or(1, |(comments, _)| *comments) as f64;
        let law = |from: f64, to: f64| -> Vec<(f64, f64)> {
            (0..=40).map(|step| from + (to - from) * f64::from(step) / 40.0).map(|n| (n, curve.at(n))).collect()
        };
        let points: Vec<(f64, f64)> = curve.points.iter().map(|&(n, reached)| (n as f64, reached)).collect();
        let low = points.iter().map(|point| point.1).chain([curve.at(from)]).fold(1.0, f64::min);
        let high = points.iter().map(|point| point.1).chain([curve.at(to)]).fold(0.0, f64::max);
        let plot = Plot {
            title: t.learning_plot,
            x: 0.0..to,
            y: ((low - 0.03) * 20.0).floor().max(0.0) / 20.0..((high + 0.02) * 20.0).ceil().min(20.0) / 20.0,
            scales: (Scale::Count, Scale::Figure),
            lines: vec![
                Line::new(Look::Class(PLAIN), law(from, measured)),
                Line::new(Look::Dashed(PLAIN), law(measured, to)),
                Line::dotted(Look::Dots(PLAIN), points),
            ],
            marks: Vec::new(),
        };
        Learning {
            help: t.fill(t.learning_help, &[&count(curve.tested as u64)]),
            plot: Figure::new(t, &plot, (t.learnt_from, t.macro_f1), Vec::new()),
            gain: gain(t, t.learning_gain, curve),
        }
    }
}

/// Published or rejected comments, and the error bound asked for.
struct Side {
    name: &'static str,
    colour: usize,
    threshold: Option<String>,
    tally: Tally,
    /// Share of all comments.
    share: f64,
    asked: f64,
}
