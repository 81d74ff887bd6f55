//! What a text is, each text one kind: tried from the narrow to the wide.

use crate::dates::{Temporal, temporal};
use crate::numerals::{Numeral, numeral};

macro_rules! kinds {
    ($($kind:ident $name:literal,)*) => {
        /// What a text is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($kind,)* }
        /// The names of the kinds, in their order.
        pub const KINDS: &[&str] = &[$($name,)*];
    };
}

kinds! {
    Blank "blank",               // empty, or spaces alone
    Mark "mark",                 // what people write where nothing is known
    Boolean "boolean",
    Integer "integer",
    LeadingZero "leading_zero",
    Huge "huge",
    Decimal "decimal",
    Amount "amount",
    Date "date",
    Moment "moment",
    Time "time",
    Duration "duration",
    Geometry "geometry",
    Uuid "uuid",
    Digest "digest",
    Email "email",
    Url "url",
    Address "address",
    Document "document",         // JSON
    Interval "interval",
    Code "code",                 // no spaces, and a digit
    Word "word",
}

const MARKS: [&str; 15] =
    ["na", "n/a", "#n/a", "nan", "null", "(null)", "none", "nil", "missing", "-", "--", "?", ".", "<na>", "nat"];
const BOOLEANS: [&str; 10] = ["true", "false", "yes", "no", "y", "n", "t", "f", "on", "off"];
const SHAPES: [&str; 7] =
    ["POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"];

/// The kind of a text without spaces around it, and the value of a number.
#[must_use]
pub fn kind_of(text: &str) -> (Kind, Option<f64>) {
    let digit = text.bytes().fold(false, |found, byte| found | byte.is_ascii_digit()); // without a branch
    if text.len() <= 8 && !text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        let is = |name: &&str| name.eq_ignore_ascii_case(text);
        match text {
            "" => return (Kind::Blank, None),
            _ if MARKS.iter().any(is) => return (Kind::Mark, None),
            _ if BOOLEANS.iter().any(is) => return (Kind::Boolean, None),
            _ => {}
        }
    }
    match numeral(text) {
        Some(Numeral::Integer(x)) => return (Kind::Integer, Some(x)),
        Some(Numeral::LeadingZero) => return (Kind::LeadingZero, None),
        Some(Numeral::Huge(x)) => return (Kind::Huge, Some(x)),
        Some(Numeral::Decimal(x)) => return (Kind::Decimal, Some(x)),
        Some(Numeral::Amount(x)) => return (Kind::Amount, Some(x)),
        None => {}
    }
    let kind = if digit { with_digits(text) } else { None };
    (kind.unwrap_or_else(|| of_letters(text, digit)), None)
}

fn with_digits(text: &str) -> Option<Kind> {
    match temporal(text) {
        Some(Temporal::Date) => return Some(Kind::Date),
        Some(Temporal::Moment) => return Some(Kind::Moment),
        Some(Temporal::Time) => return Some(Kind::Time),
        Some(Temporal::Duration) => return Some(Kind::Duration),
        None => {}
    }
    if is_geometry(text) {
        return Some(Kind::Geometry);
    }
    if is_uuid(text) {
        return Some(Kind::Uuid);
    }
    let is_hexadecimal =
        text.len() >= 16 && text.len().is_multiple_of(2) && text.bytes().all(|x| x.is_ascii_hexdigit());
    if is_hexadecimal {
        return Some(Kind::Digest);
    }
    if is_address(text) {
        return Some(Kind::Address);
    }
    is_interval(text).then_some(Kind::Interval)
}

fn of_letters(text: &str, digit: bool) -> Kind {
    let spaces = text.contains(char::is_whitespace);
    let ends = (text.as_bytes().first(), text.as_bytes().last());
    if matches!(ends, (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']'))) {
        return Kind::Document;
    }
    let is_host = |host: &str| host.contains('.') && !host.contains('@') && host.split('.').all(|x| !x.is_empty());
    if !spaces && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && is_host(host)) {
        return Kind::Email;
    }
    let is_scheme = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let has_scheme = || text.split_once(':').is_some_and(|(name, rest)| rest.starts_with("//") && is_scheme(name));
    if !spaces && (text.starts_with("www.") || has_scheme()) {
        return Kind::Url;
    }
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:#+|*".contains(&byte);
    if digit && !spaces && text.bytes().all(is_code) { Kind::Code } else { Kind::Word }
}

/// Well-known text (`POINT (1 2)`), `GeoJSON`, or a latitude and a longitude.
fn is_geometry(text: &str) -> bool {
    if text.starts_with('{') {
        return text.contains("\"coordinates\"") && text.contains("\"type\"");
    }
    let body = text.strip_prefix("SRID=").and_then(|x| x.split_once(';')).map_or(text, |(_, body)| body);
    if let Some(open) = body.find('(') {
        let words = body[..open].trim_end();
        return body.ends_with(')') && SHAPES.contains(&words.split(' ').next().unwrap_or(""));
    }
    let within = |text: &str, most: f64| {
        text.contains('.') && text.trim().parse::<f64>().is_ok_and(|degrees| degrees.abs() <= most)
    };
    text.split_once(',').is_some_and(|(a, b)| within(a, 90.0) && within(b, 180.0))
}

/// Well-known binary: the order of bytes, then one of seven shapes, flat or with heights and measures.
#[must_use]
pub fn is_binary_geometry(bytes: &[u8]) -> bool {
    let Some((&[order, a, b, c, d], rest)) = bytes.split_first_chunk::<5>() else { return false };
    let shape = if order == 1 { u32::from_le_bytes([a, b, c, d]) } else { u32::from_be_bytes([a, b, c, d]) };
    let flat = shape & 0x0fff_ffff; // the first bits of the extended form say what coordinates there are
    order <= 1 && (1..=7).contains(&(flat % 1000)) && flat < 4000 && rest.len() >= 4
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, byte)| match i {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Four numbers up to 255, of the internet.
fn is_address(text: &str) -> bool {
    text.len() <= 15 && text.split('.').count() == 4 && text.split('.').all(|part| part.parse::<u8>().is_ok())
}

/// `18-25`, `65+`, `<18`, `>= 65`, `10 to 20`.
fn is_interval(text: &str) -> bool {
    if !text.starts_with(|x: char| x.is_ascii_digit() || x == '<' || x == '>') {
        return false;
    }
    let number = |text: &str| {
        let text = text.trim();
        if text.starts_with(|x: char| x.is_ascii_digit()) { text.parse::<f64>().ok() } else { None }
    };
    let open = text.strip_suffix('+').or_else(|| text.strip_prefix(['<', '>']).map(|x| x.trim_start_matches('=')));
    if let Some(end) = open {
        return number(end).is_some();
    }
    let ends = text.split_once(['-', '–']).or_else(|| text.split_once(" to "));
    ends.and_then(|(low, high)| Some(number(low)? < number(high)?)).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_one_kind() {
        let cases: [(Kind, &[&str]); 17] = [
            (Kind::Blank, &[""]),
            (Kind::Mark, &["NA", "n/a", "None", "-", "?"]),
            (Kind::Boolean, &["yes", "No", "TRUE", "t", "off"]),
            (Kind::LeadingZero, &["007", "01234"]),
            (Kind::Date, &["2024-01-31"]),
            (Kind::Moment, &["2024-01-31 10:00:00"]),
            (Kind::Time, &["10:00"]),
            (
                Kind::Geometry,
                &[
                    "POINT (1 2)",
                    "SRID=4326;POLYGON((0 0,1 1,1 0,0 0))",
                    "48.2, 16.37",
                    r#"{"type":"Point","coordinates":[1,2]}"#,
                ],
            ),
            (Kind::Uuid, &["123e4567-e89b-12d3-a456-426614174000"]),
            (Kind::Digest, &["d41d8cd98f00b204e9800998ecf8427e"]),
            (Kind::Email, &["a.b+c@example.org", "x1@y.co.uk"]),
            (Kind::Url, &["https://example.org/a?b=1", "www.example.org"]),
            (Kind::Address, &["192.168.0.1"]),
            (Kind::Document, &[r#"{"a": 1}"#, "[1, 2]"]),
            (Kind::Interval, &["18-25", "65+", "<18", ">= 65", "10 to 20"]),
            (Kind::Code, &["SKU-123", "A12", "user_42", "+4915112345678"]),
            (Kind::Word, &["red", "Anna Smith", "größe", "room 12 on the left", "a@b", "C@"]),
        ];
        for (kind, texts) in cases {
            for text in texts {
                assert_eq!(kind_of(text).0, kind, "{text}");
            }
        }
    }

    #[test]
    fn numbers_have_their_value() {
        assert_eq!(kind_of("-12"), (Kind::Integer, Some(-12.0)));
        assert_eq!(kind_of("$5"), (Kind::Amount, Some(5.0)));
    }
}
