//! What was measured, as a table and as JSON.

use serde::Serialize;

use crate::report::json::value;
use crate::risk::evaluate::interval::{self, Interval};
use crate::risk::evaluate::metrics::Measures;
use crate::risk::evaluate::{Fate, Report};

/// The table of an evaluation, and the means where there are several histories.
pub fn table(reports: &[(String, Report)]) -> String {
    if reports.is_empty() {
        return String::new();
    }
    let width = reports
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or(0)
        .max(10);
    let mut page = format!(
        "{:width$}  tested mended   AUC: lines prior model   within: lines prior model   top 5 %: lines model   bands: low med high crit   companions: alarms right\n",
        "history"
    );
    for (name, report) in reports {
        page += &row(name, report, width);
    }
    if let Some(summary) = Summary::of(reports) {
        page += &summary.text();
    }
    page
}

fn row(name: &str, report: &Report, width: usize) -> String {
    let Report {
        source_lines: lines,
        prior,
        model,
        ..
    } = report;
    let all = Fate::sum(&report.bands);
    let lifts: Vec<_> = report
        .bands
        .iter()
        .map(|fate| format!("{:4.2}", fate.rate() / all.rate()))
        .collect();
    let percent = |value: Option<f64>| {
        value.map_or("   –".to_owned(), |value| {
            format!("{:5.1}%", 100.0 * value)
        })
    };
    let companions = report.companions.as_ref();
    format!(
        "{name:width$}  {:6} {:5.1}%        {:.3} {:.3} {:.3}           {:.3} {:.3} {:.3}            {:.2}  {:.2}          {}               {} {}{}\n",
        report.tested,
        100.0 * all.rate(),
        lines.auc,
        prior.auc,
        model.auc,
        lines.auc_within_size,
        prior.auc_within_size,
        model.auc_within_size,
        lines.precision[0],
        model.precision[0],
        lifts.join(" "),
        percent(companions.and_then(|found| found.alarm_rate)),
        percent(companions.and_then(|found| found.precision)),
        if report.has_own {
            ""
        } else {
            "  (too short to teach)"
        },
    )
}

/// Means over histories, and how sure the differences are.
#[derive(Debug, Serialize)]
struct Summary {
    histories: usize,
    source_lines: Measures,
    prior: Measures,
    model: Measures,
    /// Model less source lines.
    auc: Interval,
    auc_within_size: Interval,
    precision_of_top_5: Interval,
    /// Histories in which the model is better.
    wins: usize,
    wins_within_size: usize,
}

impl Summary {
    fn of(reports: &[(String, Report)]) -> Option<Self> {
        let all = || reports.iter().map(|(_, report)| report);
        let difference = |of: fn(&Measures) -> f64| {
            all()
                .map(|report| of(&report.model) - of(&report.source_lines))
                .collect::<Vec<_>>()
        };
        let (auc, within) = (difference(|m| m.auc), difference(|m| m.auc_within_size));
        let wins = |differences: &[f64]| differences.iter().filter(|&&by| by > 0.0).count();
        Some(Summary {
            histories: reports.len(),
            source_lines: mean(all().map(|report| &report.source_lines)),
            prior: mean(all().map(|report| &report.prior)),
            model: mean(all().map(|report| &report.model)),
            wins: wins(&auc),
            wins_within_size: wins(&within),
            auc: interval::of(&auc)?,
            auc_within_size: interval::of(&within)?,
            precision_of_top_5: interval::of(&difference(|m| m.precision[0]))?,
        })
    }

    fn text(&self) -> String {
        let of = |name: &str, m: &Measures| {
            let three = |values: &[f64; 3]| values.map(|value| format!("{value:.3}")).join(" / ");
            format!(
                "  {name:13} AUC {:.3}, within size {:.3}; at 5 / 10 / 20 %: recall {}, precision {}\n",
                m.auc,
                m.auc_within_size,
                three(&m.recall),
                three(&m.precision)
            )
        };
        let by = |interval: &Interval| {
            format!(
                "{:+.3} [{:+.3}, {:+.3}]",
                interval.mean, interval.low, interval.high
            )
        };
        format!(
            "\nMeans over {} histories\n{}{}{}  model less source lines, with a 95 % interval over histories: AUC {} (better in {}), \
             within size {} (better in {}), precision of the top 5 % {}\n",
            self.histories,
            of("source lines", &self.source_lines),
            of("prior", &self.prior),
            of("model", &self.model),
            by(&self.auc),
            self.wins,
            by(&self.auc_within_size),
            self.wins_within_size,
            by(&self.precision_of_top_5),
        )
    }
}

fn mean<'a>(all: impl Iterator<Item = &'a Measures>) -> Measures {
    let mut sum = Measures::default();
    let mut count = 0.0;
    for one in all {
        count += 1.0;
        sum.auc += one.auc;
        sum.auc_within_size += one.auc_within_size;
        for place in 0..sum.recall.len() {
            sum.recall[place] += one.recall[place];
            sum.precision[place] += one.precision[place];
        }
    }
    let part = |value: f64| value / f64::max(count, 1.0);
    Measures {
        auc: part(sum.auc),
        auc_within_size: part(sum.auc_within_size),
        recall: sum.recall.map(part),
        precision: sum.precision.map(part),
    }
}

/// An evaluation for programs (`portcullis/risk-evaluation/v1`).
pub fn json(reports: &[(String, Report)]) -> serde_json::Value {
    #[derive(Serialize)]
    struct History<'a> {
        repository: &'a str,
        #[serde(flatten)]
        report: &'a Report,
    }
    #[derive(Serialize)]
    struct Document<'a> {
        schema: &'static str,
        histories: Vec<History<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        summary: Option<Summary>,
    }
    let histories = reports
        .iter()
        .map(|(repository, report)| History { repository, report });
    value(&Document {
        schema: "portcullis/risk-evaluation/v1",
        histories: histories.collect(),
        summary: Summary::of(reports),
    })
}
