//! Numbers as text: `3 - 5*phi`, `(1 + phi)/2`, and back.

use crate::scalar::{Golden, signum};
use dashu_base::UnsignedAbs;
use dashu_int::{IBig, UBig};
use std::fmt;
use std::str::FromStr;

/// A text that is no golden number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError;

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a sum such as '3 - 5*phi', or '(1 + phi)/2'")
    }
}

impl std::error::Error for ParseError {}

impl fmt::Display for Golden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (a, b) = (self.a(), self.b());
        let mut sum = String::new();
        if !a.is_zero() || b.is_zero() {
            sum += &a.to_string();
        }
        if !b.is_zero() {
            sum += match (sum.is_empty(), signum(b)) {
                (true, 1) => "",
                (true, _) => "-",
                (false, 1) => " + ",
                (false, _) => " - ",
            };
            let count = b.clone().unsigned_abs();
            if !count.is_one() {
                sum += &count.to_string();
                sum.push('*');
            }
            sum += "phi";
        }
        match (self.den().is_one(), sum.contains(' ')) {
            (true, _) => f.write_str(&sum),
            (false, true) => write!(f, "({sum})/{}", self.den()),
            (false, false) => write!(f, "{sum}/{}", self.den()),
        }
    }
}

impl FromStr for Golden {
    type Err = ParseError;

    /// Sums of integers and multiples of phi in any order, over a positive denominator; spaces do not matter.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (sum, den) = match text.rsplit_once('/') {
            Some((sum, den)) => (sum, digits(den)?),
            None => (text.as_str(), UBig::ONE),
        };
        let bare = sum.strip_prefix('(').and_then(|sum| sum.strip_suffix(')'));
        if bare.is_none() && !den.is_one() && sum.get(1..).is_some_and(|rest| rest.contains(['+', '-'])) {
            return Err(ParseError); // 1 + phi/2: divided as a whole, or in part?
        }
        let sum = bare.unwrap_or(sum);
        let (mut a, mut b) = (IBig::ZERO, IBig::ZERO);
        let mut rest = sum;
        if rest.is_empty() {
            return Err(ParseError);
        }
        while !rest.is_empty() {
            let negative = rest.starts_with('-');
            if let Some(after) = rest.strip_prefix(['+', '-']) {
                rest = after;
            } else if rest.len() != sum.len() {
                return Err(ParseError);
            }
            let end = rest.find(['+', '-']).unwrap_or(rest.len());
            let (term, after) = rest.split_at(end);
            rest = after;
            let (target, size) = match term.strip_suffix("phi").or_else(|| term.strip_suffix('φ')) {
                Some("") => (&mut b, UBig::ONE),
                Some(count) => (&mut b, digits(count.strip_suffix('*').unwrap_or(count))?),
                None => (&mut a, digits(term)?),
            };
            *target += if negative { -IBig::from(size) } else { IBig::from(size) };
        }
        Self::new(a, b, den.into()).map_err(|_| ParseError)
    }
}

fn digits(text: &str) -> Result<UBig, ParseError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ParseError);
    }
    UBig::from_str_radix(text, 10).map_err(|_| ParseError)
}
