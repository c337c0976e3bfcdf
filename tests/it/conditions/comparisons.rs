//! Bounds as they are written: every comparison is read as it is meant, and nothing else is one.

use portcullis::policy::written::condition::{Between, Bytes, Number};
use proptest::prelude::*;

const OPERATORS: [&str; 5] = [">", ">=", "<", "<=", "="];

fn compares(operator: &str, left: u64, right: u64) -> bool {
    match operator {
        ">" => left > right,
        ">=" => left >= right,
        "<" => left < right,
        "<=" => left <= right,
        _ => left == right,
    }
}

proptest! {
    #[test]
    fn numbers_compare_as_written(
        operator in prop::sample::select(&OPERATORS[..]),
        blanks in " {0,2}",
        bound in 0..50_u64,
        number in 0..50_u64,
    ) {
        let text = format!("{operator}{blanks}{bound}");
        let Number(read) = text.parse().map_err(TestCaseError::fail)?;
        prop_assert_eq!(read.holds(number), compares(operator, number, bound));
    }

    #[test]
    fn sizes_compare_as_written(
        operator in prop::sample::select(&OPERATORS[..]),
        (unit, factor) in prop::sample::select(
            &[("B", 1), ("KB", 1000), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1_u64 << 30)][..]
        ),
        bound in 0..5_u64,
        number in 0..(5_u64 << 30),
    ) {
        let text = format!("{operator} {bound}{unit}");
        let Bytes(read) = text.parse().map_err(TestCaseError::fail)?;
        prop_assert_eq!(read.holds(number), compares(operator, number, bound * factor));
    }

    #[test]
    fn hours_are_read_as_written(start in 0..1440_u16, end in 0..=1440_u16) {
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let text = format!("{}-{}", clock(start), clock(end));
        match text.parse::<Between>() {
            Ok(Between(hours)) => prop_assert_eq!((hours.start, hours.end), (start, end)),
            Err(why) => {
                prop_assert_eq!(start, end);
                prop_assert!(why.contains("leave `between` out"));
            }
        }
    }

    #[test]
    fn other_texts_are_refused_without_a_panic(text in "[<>=! 0-9+.:KMiB-]{0,12}") {
        let is_number = text
            .trim()
            .trim_start_matches(['<', '>', '='])
            .trim_start()
            .parse::<u64>()
            .is_ok();
        if text.parse::<Number>().is_ok() {
            prop_assert!(is_number);
        }
        // Either answer will do.
        let _ = (text.parse::<Bytes>(), text.parse::<Between>());
    }
}

#[test]
fn what_is_no_comparison_says_what_to_write() {
    for text in [
        "",
        "400",
        ">",
        "> many",
        "> +4",
        "> -4",
        "=> 4",
        "== 4",
        "> 4.5",
        "> 99999999999999999999",
    ] {
        let why = text.parse::<Number>().expect_err(text);
        assert!(why.contains("such as `> 400`"), "{text}: {why}");
    }
    for text in ["5MiB", "> 5", "> MiB", "> 5 Mib", "> 99999999999GiB"] {
        text.parse::<Bytes>().expect_err(text);
    }
    for text in [
        "18-06",
        "24:00-06:00",
        "18:00-25:00",
        "18:60-19:00",
        "8:00-9:00",
        "18:00",
        "06:00-06:00",
    ] {
        text.parse::<Between>().expect_err(text);
    }
}
