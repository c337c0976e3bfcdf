//! `time`: windows of the week, by the clocks of a zone.

use std::path::Path;

use jiff::Timestamp;
use portcullis::policy::Policy;
use portcullis::policy::condition::{Condition, OfPush, Window};

/// The windows that are written so.
#[track_caller]
fn windows(time: &str) -> Vec<Window> {
    let text = "version: 1\nrules: [{ id: freeze, when: { time: TIME }, deny: Not now. }]\n";
    let policy = Policy::parse(
        text.replace("TIME", time).as_bytes(),
        Path::new("policy.yml"),
    );
    let policy = policy.expect("it is right").policy;
    let Condition::All(parts) = &policy.rules[0].when else {
        panic!("conditions are one list");
    };
    let [Condition::OfPush(OfPush::Time(windows))] = &parts[..] else {
        panic!("there is one condition");
    };
    windows.clone()
}

/// Is each moment within the window, as it should be?
#[track_caller]
fn assert_within(time: &str, moments: &[(&str, bool)]) {
    let windows = windows(time);
    for (moment, is_within) in moments {
        let now: Timestamp = moment.parse().expect("a moment");
        let found = windows
            .iter()
            .any(|window| window.contains(now.as_second()));
        assert_eq!(found, *is_within, "{moment} in {time}");
    }
}

#[test]
fn hours_of_a_day_end_before_the_last() {
    assert_within(
        "{ between: 09:00-17:30 }",
        &[
            ("2026-03-04T08:59:59Z", false),
            ("2026-03-04T09:00:00Z", true),
            ("2026-03-04T17:29:59Z", true),
            ("2026-03-04T17:30:00Z", false),
        ],
    );
}

#[test]
fn a_night_belongs_to_the_day_on_which_it_begins() {
    // 2026-03-06 is a Friday.
    assert_within(
        "{ days: [fri], between: 18:00-06:00 }",
        &[
            ("2026-03-05T23:00:00Z", false),
            ("2026-03-06T05:00:00Z", false),
            ("2026-03-06T18:00:00Z", true),
            ("2026-03-07T05:59:59Z", true),
            ("2026-03-07T06:00:00Z", false),
            ("2026-03-07T18:00:00Z", false),
        ],
    );
}

#[test]
fn a_weekend_is_several_windows() {
    assert_within(
        "[{ days: fri, between: 16:00-24:00 }, { days: [sat, sun] }]",
        &[
            ("2026-03-06T15:59:59Z", false),
            ("2026-03-06T16:00:00Z", true),
            ("2026-03-07T00:00:00Z", true),
            ("2026-03-08T23:59:59Z", true),
            ("2026-03-09T00:00:00Z", false),
        ],
    );
}

#[test]
fn clocks_are_those_of_the_zone_in_summer_and_winter() {
    assert_within(
        "{ between: 18:00-20:00, zone: Europe/Berlin }",
        &[
            ("2026-01-15T16:59:59Z", false),
            ("2026-01-15T17:00:00Z", true),
            ("2026-01-15T19:00:00Z", false),
            ("2026-07-15T16:00:00Z", true),
            ("2026-07-15T18:00:00Z", false),
        ],
    );
    // The day is the zone's as well: a Monday in Auckland begins on Sunday.
    assert_within(
        "{ days: mon, zone: Pacific/Auckland }",
        &[
            ("2026-07-12T11:59:59Z", false),
            ("2026-07-12T12:00:00Z", true),
            ("2026-07-13T12:00:00Z", false),
        ],
    );
}

#[test]
fn an_hour_is_skipped_in_spring_and_told_twice_in_autumn() {
    assert_within(
        "{ between: 02:00-03:00, zone: Europe/Berlin }",
        &[
            ("2026-03-29T00:59:59Z", false),
            ("2026-03-29T01:00:00Z", false),
            ("2026-10-25T00:00:00Z", true),
            ("2026-10-25T00:59:59Z", true),
            ("2026-10-25T01:59:59Z", true),
            ("2026-10-25T02:00:00Z", false),
        ],
    );
}

#[test]
fn no_clock_is_too_early_or_too_late() {
    let windows = windows("{ between: 00:00-24:00, zone: America/New_York }");
    for now in [i64::MIN, 0, i64::MAX] {
        assert!(windows[0].contains(now), "{now}");
    }
}
