//! Hours of the week in a time zone.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

/// Days, and hours of these days, as the clocks of a zone show them.
///
/// Hours that reach over midnight belong to the day on which they begin: `18:00-06:00` of a Friday ends on Saturday
/// morning. Where clocks are put back, an hour that they show twice is within both times; one that they skip is not.
#[derive(Clone)]
pub struct Window {
    /// On which days it begins.
    pub days: Vec<Weekday>,
    /// Between which hours.
    pub hours: Hours,
    /// Whose clocks.
    pub zone: TimeZone,
}

/// From one time of the day to another, in minutes since midnight; the last is not within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// The first minute.
    pub start: u16,
    /// The minute that is no more within; not after `start` if they reach over midnight.
    pub end: u16,
}

impl Hours {
    /// Minutes of a day.
    pub const DAY: u16 = 24 * 60;
    /// All of a day.
    pub const WHOLE_DAY: Hours = Hours {
        start: 0,
        end: Self::DAY,
    };
}

impl Window {
    /// Is `now`, in seconds since 1970, within?
    pub fn contains(&self, now: i64) -> bool {
        let (first, last) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        let now = Timestamp::from_second(now.clamp(first, last))
            .expect("it lies between the first and the last moment that there is");
        let local = self.zone.to_datetime(now);
        let time = local.time();
        let minutes = |number: i8| u16::try_from(number).expect("clocks do not show less than 0");
        let minute = minutes(time.hour()) * 60 + minutes(time.minute());
        let Hours { start, end } = self.hours;
        let today = local.weekday();
        if start < end {
            return (start..end).contains(&minute) && self.days.contains(&today);
        }
        let since_this_day = minute >= start && self.days.contains(&today);
        let since_the_day_before = minute < end && self.days.contains(&today.previous());
        since_this_day || since_the_day_before
    }
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Window")
            .field("days", &self.days)
            .field("hours", &self.hours)
            .field("zone", &self.zone.iana_name())
            .finish()
    }
}
