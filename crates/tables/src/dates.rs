//! Texts that are dates, moments, times of day or durations; no value comes out, only what the text can be read as.

/// From 1900 to 2100: what a date written as one number may be.
const YEARS: std::ops::RangeInclusive<u64> = 1900..=2100;
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const UNITS: [&str; 33] = [
    "ns", "us", "µs", "ms", "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "h",
    "hr", "hrs", "hour", "hours", "d", "day", "days", "w", "week", "weeks", "mo", "month", "months", "y", "yr", "yrs",
    "year", "years",
];

/// What a text about time can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temporal {
    Date,
    Moment,
    Time,
    Duration,
}

/// A number such as 20240131.
#[must_use]
pub fn is_compact_date(number: u64) -> bool {
    YEARS.contains(&(number / 10_000)) && is_day(number / 10_000, number / 100 % 100, number % 100)
}

fn is_day(year: u64, month: u64, day: u64) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=days).contains(&day)
}

/// What `text` is, if it tells a time; it has no spaces around it.
#[must_use]
pub fn temporal(text: &str) -> Option<Temporal> {
    if text.len() > 48 || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if let Some(rest) = date(text) {
        if rest.is_empty() {
            return Some(Temporal::Date);
        }
        let time = rest.strip_prefix(['T', 't', ' '])?;
        let (hours, zone) = clock(time.trim_start())?;
        return (hours < 24 && is_zone(zone)).then_some(Temporal::Moment);
    }
    if let Some((hours, "")) = clock(text) {
        return Some(if hours < 24 { Temporal::Time } else { Temporal::Duration });
    }
    (iso_duration(text) || worded_duration(text)).then_some(Temporal::Duration)
}

/// Digits at the front: how many, and their number.
fn digits(text: &str) -> (usize, u64, &str) {
    let count = text.bytes().take_while(u8::is_ascii_digit).count();
    let (front, rest) = text.split_at(count);
    (count, front.parse().unwrap_or(0), rest)
}

/// What comes after a date.
fn date(text: &str) -> Option<&str> {
    if text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return named_date(text);
    }
    let (first, a, rest) = digits(text);
    let separator = rest.chars().next()?;
    if !['-', '/', '.', ' '].contains(&separator) || ![1, 2, 4].contains(&first) {
        return None;
    }
    let (second, b, after) = digits(&rest[1..]);
    if second == 0 {
        return named_date(text);
    }
    let Some(rest) = after.strip_prefix(separator).filter(|_| second <= 2 && separator != ' ') else {
        let is_month = first == 4 && second == 2 && separator == '-' && YEARS.contains(&a) && (1..=12).contains(&b);
        return (is_month && after.is_empty()).then_some(after);
    };
    let (third, c, rest) = digits(rest);
    let valid = match (first, third) {
        (4, 1 | 2) => is_day(a, b, c),
        (1 | 2, 4) => is_day(c, b, a) || (separator != '.' && is_day(c, a, b)),
        (1 | 2, 2) => separator == '/' && (is_day(2000, b, a) || is_day(2000, a, b)),
        _ => false,
    };
    valid.then_some(rest)
}

/// What comes after a day, the name of a month and a year, in any order, perhaps with a day of the week before them.
fn named_date(text: &str) -> Option<&str> {
    if let [a, b, c, ..] = *text.as_bytes() {
        let (begin, letters) = ([a | 32, b | 32, c | 32], a.is_ascii_alphabetic());
        let is_known = MONTHS.iter().chain(&WEEKDAYS).any(|name| name.as_bytes()[..3] == begin);
        if letters && !is_known {
            return None; // as most words: without a second look
        }
    }
    let (mut day, mut month, mut year, mut rest) = (None, None, None, text);
    while day.is_none() || month.is_none() || year.is_none() {
        rest = rest.trim_start_matches([' ', ',', '-', '.']);
        let ends = |x: char| [' ', ',', '-', '.', 'T'].contains(&x);
        let end = rest.char_indices().skip(1).find(|&(_, x)| ends(x)).map_or(rest.len(), |(at, _)| at);
        let (token, after) = rest.split_at(end);
        let (count, number, suffix) = digits(token);
        let word = token.to_ascii_lowercase();
        match count {
            0 if MONTHS.iter().any(|name| is_name(&word, name)) && month.is_none() => {
                month = MONTHS.iter().position(|name| is_name(&word, name));
            }
            0 if WEEKDAYS.iter().any(|name| is_name(&word, name)) && day.is_none() && month.is_none() => {}
            1 | 2 if ["", "st", "nd", "rd", "th"].contains(&suffix) && day.is_none() => day = Some(number),
            4 if suffix.is_empty() && year.is_none() => year = Some(number),
            _ => return None,
        }
        rest = after;
    }
    is_day(year?, month? as u64 + 1, day?).then_some(rest)
}

/// The name, or its first three letters.
fn is_name(word: &str, name: &str) -> bool {
    word == name || word == &name[..3]
}

/// The hours of `H:MM`, `H:MM:SS` or `H:MM:SS.fff`, perhaps with AM or PM, and what comes after.
fn clock(text: &str) -> Option<(u64, &str)> {
    let (count, hours, rest) = digits(text);
    let (minutes, m, mut rest) = digits(rest.strip_prefix(':')?);
    if !(1..=5).contains(&count) || minutes != 2 || m > 59 {
        return None;
    }
    if let Some(after) = rest.strip_prefix(':') {
        let (seconds, s, after) = digits(after);
        if seconds != 2 || s > 60 {
            return None;
        }
        rest = after;
        if let Some(fraction) = after.strip_prefix(['.', ',']) {
            let (places, _, after) = digits(fraction);
            if !(1..=9).contains(&places) {
                return None;
            }
            rest = after;
        }
    }
    let half = rest.trim_start().get(..2).is_some_and(|x| x.eq_ignore_ascii_case("am") || x.eq_ignore_ascii_case("pm"));
    Some((hours, if half && (1..=12).contains(&hours) { &rest.trim_start()[2..] } else { rest }))
}

/// Nothing, `Z`, `UTC`, `+01`, `+0100` or `+01:00`.
fn is_zone(text: &str) -> bool {
    let text = text.trim_start();
    let Some(offset) = text.strip_prefix(['+', '-']) else {
        return ["", "Z", "z", "UTC", "GMT"].contains(&text);
    };
    let offset: String = offset.chars().filter(|&x| x != ':').collect();
    matches!(offset.len(), 2 | 4) && offset.bytes().all(|byte| byte.is_ascii_digit())
}

/// `P1DT2H30M`.
fn iso_duration(text: &str) -> bool {
    let Some(body) = text.strip_prefix('P') else { return false };
    let (days, time) = body.split_once('T').unwrap_or((body, "0S"));
    let all = |text: &str, units: &str| {
        let mut rest = text;
        while !rest.is_empty() {
            let number = rest.trim_start_matches(|x: char| x.is_ascii_digit() || x == '.');
            if number.len() == rest.len() || !number.starts_with(|unit| units.contains(unit)) {
                return false;
            }
            rest = &number[1..];
        }
        true
    };
    !body.is_empty() && !time.is_empty() && all(days, "YMWD") && all(time, "HMS")
}

/// `2 days 03:04:05`, `1h 30m`, `15 minutes`.
fn worded_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix('-').unwrap_or(text);
    let mut units = 0;
    while !rest.is_empty() {
        if units > 0 && clock(rest).is_some_and(|(_, after)| after.is_empty()) {
            return true;
        }
        if !rest.starts_with(|x: char| x.is_ascii_digit()) {
            return false;
        }
        let after = rest.trim_start_matches(|x: char| x.is_ascii_digit() || x == '.').trim_start();
        let end = after.find(|x: char| !x.is_alphabetic()).unwrap_or(after.len());
        if !UNITS.contains(&after[..end].to_lowercase().as_str()) {
            return false;
        }
        units += 1;
        rest = after[end..].trim_start_matches([' ', ',']);
        rest = rest.strip_prefix("and ").unwrap_or(rest);
    }
    units > 0
}

#[cfg(test)]
mod tests {
    use super::Temporal::{Date, Duration, Moment, Time};
    use super::*;

    #[test]
    fn texts_about_time_are_known() {
        let cases: [(Option<Temporal>, &[&str]); 5] = [
            (Some(Date), &["2024-02-29", "2024/1/5", "31.12.1999", "12/31/1999", "31/12/1999", "1/2/03", "2024-07"]),
            (Some(Date), &["12 Mar 2020", "Mar 12, 2020", "March 1st, 2021", "12-Mar-2020", "Thu, 12 Mar 2020"]),
            (
                Some(Moment),
                &[
                    "2024-02-29T10:00",
                    "2024-02-29 10:00:59.123456Z",
                    "29.02.2024 1:00 PM",
                    "2024-02-29T10:00:00+01:00",
                    "Thu, 12 Mar 2020 10:00:00 GMT",
                    "2024-02-29 10:00:00 +0100",
                ],
            ),
            (Some(Time), &["10:00", "23:59:59.5", "1:30 pm"]),
            (
                Some(Duration),
                &[
                    "125:30:00",
                    "P1DT2H",
                    "PT0.5S",
                    "P3W",
                    "1h 30m",
                    "15 minutes",
                    "2 days 03:04:05",
                    "1 day, 2:03:04",
                    "250ms",
                    "1 hour and 5 minutes",
                ],
            ),
        ];
        for (kind, texts) in cases {
            for text in texts {
                assert_eq!(temporal(text), kind, "{text}");
            }
        }
    }

    #[test]
    fn texts_about_other_things_are_not() {
        for text in [
            "2023-02-29",
            "31.02.2024",
            "1.2.3",
            "12",
            "20240131",
            "10:60",
            "P",
            "PT",
            "5 apples",
            "2024-13",
            "Mayor 5 2020",
            "2024-01-01T",
            "2024-01-01 99:00",
            "h5",
            "12 34 5678",
            "may",
            "monday",
            "192.168.0.1",
            "µ5",
        ] {
            assert_eq!(temporal(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_a_date_if_the_day_exists() {
        assert!([20_240_229, 19_000_101, 21_001_231].into_iter().all(is_compact_date));
        assert!(![20_230_229, 18_991_231, 20_241_301, 20_240_100, 0, u64::MAX].into_iter().any(is_compact_date));
    }
}
