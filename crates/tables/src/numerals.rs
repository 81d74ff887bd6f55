//! Texts that are numbers: plain ones, and those with units, or signs of money, percent or thousands, in them.

/// Units of measures and money that stand behind a number; those of time make it a duration.
const UNITS: [&str; 40] = [
    "kg", "mg", "lbs", "lb", "oz", "cm", "mm", "km", "nm", "ft", "in", "mi", "ml", "cl", "kW", "kWh", "MW", "W", "kV",
    "V", "mA", "A", "GHz", "MHz", "kHz", "Hz", "TB", "GB", "MB", "kB", "KB", "km/h", "mph", "°C", "°F", "USD", "EUR",
    "GBP", "g", "l",
];

/// What a text is as a number, and its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Numeral {
    /// Digits that an `i64` holds, with a sign or without.
    Integer(f64),
    /// Digits that begin with a zero: as a number it would lose it.
    LeadingZero,
    /// More digits than an `i64` holds.
    Huge(f64),
    /// With a point or an exponent; or infinite.
    Decimal(f64),
    /// `$1,234.50`, `12 %`, `5 kg`, `1,234` or `3,14`.
    Amount(f64),
}

/// What `text` is, if it is a number; it has no spaces around it.
#[must_use]
pub fn numeral(text: &str) -> Option<Numeral> {
    let bytes = text.as_bytes();
    let unsigned = bytes.strip_prefix(b"-").or_else(|| bytes.strip_prefix(b"+")).unwrap_or(bytes);
    let first = *unsigned.first()?;
    if unsigned.iter().all(u8::is_ascii_digit) {
        return match unsigned.len() {
            1.. if bytes[0] == b'+' && unsigned.len() > 8 => None, // a number to call
            2.. if first == b'0' => Some(Numeral::LeadingZero),
            ..19 => text.parse().ok().map(Numeral::Integer),
            _ => text.parse().ok().map(Numeral::Huge),
        };
    }
    if (first.is_ascii_digit() || first == b'.') && is_decimal(unsigned) {
        return text.parse().ok().map(Numeral::Decimal);
    }
    if ["inf", "infinity"].iter().any(|name| unsigned.eq_ignore_ascii_case(name.as_bytes())) {
        return text.parse().ok().map(Numeral::Decimal);
    }
    amount(text)
}

/// Digits, perhaps a point and digits, perhaps an exponent; at least one digit before the exponent.
fn is_decimal(text: &[u8]) -> bool {
    let end = text.iter().position(|byte| matches!(byte, b'e' | b'E')).unwrap_or(text.len());
    let (mantissa, exponent) = (&text[..end], text.get(end + 1..));
    #[allow(clippy::naive_bytecount)] // of a few bytes
    let points = mantissa.iter().filter(|&&byte| byte == b'.').count();
    let figures = mantissa.iter().filter(|byte| byte.is_ascii_digit()).count();
    let exponent_is_whole = exponent.is_none_or(|text| {
        let text = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
        !text.is_empty() && text.iter().all(u8::is_ascii_digit)
    });
    points <= 1 && figures > 0 && figures + points == mantissa.len() && exponent_is_whole
}

fn amount(text: &str) -> Option<Numeral> {
    let signs = ['$', '€', '£', '¥', '%', ' '];
    if text.len() > 40 {
        return None;
    }
    let (sign, unsigned) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let body = unsigned.trim_matches(signs);
    if !body.starts_with(|x: char| x.is_ascii_digit()) {
        return None;
    }
    let body = UNITS.iter().find_map(|unit| body.strip_suffix(unit)).unwrap_or(body).trim_end();
    if !body.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',') {
        return None;
    }
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    let mut groups = whole.split(',');
    let head = groups.next()?;
    let tail: Vec<&str> = groups.collect();
    let plain = if tail.iter().all(|group| group.len() == 3) && (tail.is_empty() || head.len() <= 3) {
        format!("{head}{}.{fraction}", tail.concat())
    } else if tail.len() == 1 && fraction.is_empty() {
        format!("{head}.{}", tail[0])
    } else {
        return None;
    };
    let value: f64 = plain.parse().ok()?;
    Some(Numeral::Amount(sign * value))
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // parsing is exact
mod tests {
    use super::Numeral::{Amount, Decimal, Huge, Integer, LeadingZero};
    use super::*;

    #[test]
    fn numbers_are_known() {
        for (text, value) in [
            ("0", Integer(0.0)),
            ("-17", Integer(-17.0)),
            ("+5", Integer(5.0)),
            ("007", LeadingZero),
            ("00", LeadingZero),
            ("12345678901234567890", Huge(12_345_678_901_234_567_890.0)),
            ("0.5", Decimal(0.5)),
            (".5", Decimal(0.5)),
            ("1.", Decimal(1.0)),
            ("1e-3", Decimal(1e-3)),
            ("-1.5E+2", Decimal(-150.0)),
            ("inf", Decimal(f64::INFINITY)),
            ("-Infinity", Decimal(f64::NEG_INFINITY)),
            ("$1,234.50", Amount(1234.5)),
            ("12%", Amount(12.0)),
            ("1,234", Amount(1234.0)),
            ("2,75", Amount(2.75)),
            ("-€5", Amount(-5.0)),
            ("12 %", Amount(12.0)),
            ("45.5 kg", Amount(45.5)),
            ("-3°C", Amount(-3.0)),
        ] {
            assert_eq!(numeral(text), Some(value), "{text}");
        }
    }

    #[test]
    fn other_texts_are_not() {
        for text in [
            "",
            "-",
            ".",
            "1.2.3",
            "1e",
            "e5",
            "0x10",
            "1 2",
            "12a",
            "--5",
            "+4915112345678",
            "1,2,3",
            "nan",
            "$",
            "1_000",
        ] {
            assert_eq!(numeral(text), None, "{text}");
        }
    }
}
