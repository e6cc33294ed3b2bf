//! Metrics for Prometheus, at `/metrics`.

use std::time::Duration;

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

/// Upper bounds of the latencies, in seconds.
const BUCKETS: [f64; 12] = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5];

/// Counters and gauges.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    /// Comments scored, by label.
    pub labels: IntCounterVec,
    /// Decisions, by decision and reason.
    pub decisions: IntCounterVec,
    /// The same in watch-only mode.
    pub would: IntCounterVec,
    /// 1 in watch-only mode.
    pub watch_only: IntGauge,
    /// Comments that are unfamiliar to the model.
    pub unfamiliar: IntCounter,
    /// Open connections.
    pub connections: IntGauge,
    model: IntGaugeVec,
    reloads: IntCounterVec,
    /// Rows of feedback, by result.
    pub feedback: IntCounterVec,
    /// Decisions of people at the review desk, by decision.
    pub reviewed: IntCounterVec,
    /// Comments for the review desk, by result.
    pub kept: IntCounterVec,
    /// Lines that could not be written to the decision log.
    pub lost: IntCounter,
    /// Deliveries, by receiver and result.
    pub deliveries: IntCounterVec,
    /// Deliveries that wait, by receiver.
    pub deliveries_waiting: IntGaugeVec,
}

impl Metrics {
    /// Registers everything.
    ///
    /// # Errors
    /// A name that is invalid or used twice, which every test would find.
    pub fn new() -> prometheus::Result<Metrics> {
        let registry = Registry::new();
        let counters = |name: &str, help: &str, labels: &[&str]| {
            let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counters.clone()))?;
            prometheus::Result::Ok(counters)
        };
        let counter = |name: &str, help: &str| {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            prometheus::Result::Ok(counter)
        };
        let requests = counters("naqd_requests_total", "Requests answered.", &["route", "code"])?;
        let labels = counters("naqd_comments_total", "Comments scored.", &["label"])?;
        let decisions = counters("naqd_decisions_total", "Decisions made.", &["decision", "reason"])?;
        let would = counters(
            "naqd_would_decisions_total",
            "Decisions that would have been made in watch-only mode.",
            &["decision", "reason"],
        )?;
        let reloads = counters("naqd_reloads_total", "Reloads of the model and the rules.", &["result"])?;
        let feedback = counters("naqd_feedback_total", "Rows of feedback received.", &["result"])?;
        let reviewed = counters("naqd_reviewed_total", "Decisions of people at the review desk.", &["decision"])?;
        let kept = counters("naqd_kept_total", "Comments for the review desk.", &["result"])?;
        let unfamiliar = counter("naqd_unfamiliar_total", "Comments that are unfamiliar to the model.")?;
        let lost = counter("naqd_decision_log_errors_total", "Decisions that could not be written to the log.")?;
        let deliveries = counters("naqd_deliveries_total", "Decisions told to other programs.", &["to", "result"])?;
        let options = HistogramOpts::new("naqd_request_seconds", "Time from the head of a request to its answer.");
        let seconds = HistogramVec::new(options.buckets(BUCKETS.to_vec()), &["route"])?;
        registry.register(Box::new(seconds.clone()))?;
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            prometheus::Result::Ok(gauge)
        };
        let connections = gauge("naqd_connections", "Open connections.")?;
        let watch_only = gauge("naqd_watch_only", "1 in watch-only mode, else 0.")?;
        let gauges = |name: &str, help: &str, labels: &[&str]| {
            let gauges = IntGaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(gauges.clone()))?;
            prometheus::Result::Ok(gauges)
        };
        let model = gauges("naqd_model_info", "The model in use; always 1.", &["version", "naqd"])?;
        let deliveries_waiting = gauges("naqd_deliveries_waiting", "Decisions that wait to be told.", &["to"])?;
        // Series that exist from the start, so that queries can compute their increase.
        for result in ["done", "failed"] {
            reloads.with_label_values(&[result]);
        }
        for result in ["stored", "known", "failed"] {
            feedback.with_label_values(&[result]);
        }
        Ok(Metrics {
            registry,
            requests,
            seconds,
            labels,
            decisions,
            would,
            watch_only,
            unfamiliar,
            connections,
            model,
            reloads,
            feedback,
            reviewed,
            kept,
            lost,
            deliveries,
            deliveries_waiting,
        })
    }

    /// Counts a request that was answered.
    pub fn answered(&self, route: &str, code: u16, took: Duration) {
        let mut digits = [0; 3];
        for (place, power) in digits.iter_mut().zip([100, 10, 1]) {
            *place = b'0' + (code / power % 10) as u8;
        }
        self.requests.with_label_values(&[route, std::str::from_utf8(&digits).unwrap_or("")]).inc();
        self.seconds.with_label_values(&[route]).observe(took.as_secs_f64());
    }

    /// Sets the model in use.
    pub fn model(&self, version: &str) {
        self.model.reset();
        self.model.with_label_values(&[version, env!("CARGO_PKG_VERSION")]).set(1);
    }

    /// Counts a reload that was done or failed.
    pub fn reloaded(&self, done: bool) {
        self.reloads.with_label_values(&[if done { "done" } else { "failed" }]).inc();
    }

    /// The text format of Prometheus.
    pub fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "metrics");
        }
        text
    }
}
