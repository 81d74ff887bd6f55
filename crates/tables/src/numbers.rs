//! Columns of numbers of eight bytes.

use crate::column::{Column, Malformed};
use crate::dates::is_compact_date;
use crate::distinct::{Exact, Registers, Values};
use crate::hash;

/// What is counted of numbers; nulls are not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NumberCounts {
    pub values: u64,
    pub nans: u64,
    pub infinities: u64,
    pub wholes: u64,
    pub zeros: u64,
    pub negatives: u64,
    pub compact_dates: u64,
}

/// Counts, the least and the largest finite number, and the values.
pub type Tallied<T> = (NumberCounts, Option<(T, T)>, Values);

/// A number of eight bytes.
pub trait Number: Copy + PartialOrd {
    fn read(bytes: [u8; 8]) -> Self;
    /// The same bits for equal numbers.
    fn bits(self) -> u64;
    /// Count it; whether it is finite.
    fn count(self, counts: &mut NumberCounts) -> bool;
}

macro_rules! integer {
    ($type:ty) => {
        impl Number for $type {
            fn read(bytes: [u8; 8]) -> Self {
                Self::from_ne_bytes(bytes)
            }

            #[allow(clippy::cast_sign_loss, clippy::unnecessary_cast)] // the bits are meant
            fn bits(self) -> u64 {
                self as u64
            }

            #[allow(unused_comparisons, clippy::absurd_extreme_comparisons)] // u64 is never negative
            fn count(self, counts: &mut NumberCounts) -> bool {
                counts.wholes += 1;
                counts.zeros += u64::from(self == 0);
                counts.negatives += u64::from(self < 0);
                counts.compact_dates += u64::from(u64::try_from(self).is_ok_and(is_compact_date));
                true
            }
        }
    };
}

integer!(i64);
integer!(u64);

impl Number for f64 {
    fn read(bytes: [u8; 8]) -> Self {
        Self::from_ne_bytes(bytes)
    }

    fn bits(self) -> u64 {
        if self == 0.0 { 0 } else { self.to_bits() } // -0.0 is 0.0
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::float_cmp)] // `as` saturates; equality is meant
    fn count(self, counts: &mut NumberCounts) -> bool {
        if !self.is_finite() {
            counts.nans += u64::from(self.is_nan());
            counts.infinities += u64::from(!self.is_nan());
            return false;
        }
        let whole = self as i64 as f64 == self || self.abs() >= 9_007_199_254_740_992.0;
        counts.wholes += u64::from(whole);
        counts.zeros += u64::from(self == 0.0);
        counts.negatives += u64::from(self < 0.0);
        counts.compact_dates += u64::from(whole && is_compact_date(self as u64));
        true
    }
}

/// Counts, the range of the finite numbers, and the values while they are at most `most`; NaN is no value, infinities are.
///
/// # Errors
/// Where the memory is shorter than the rows.
pub fn tally_numbers<T: Number>(
    data: &[u8],
    column: Column<'_>,
    most: usize,
    registers: &mut [u8],
) -> Result<Tallied<T>, Malformed> {
    let end = column.end()?;
    let (words, _) = data.as_chunks::<8>();
    let words = words.get(..end).ok_or(Malformed("fewer numbers than rows"))?;
    let mut registers = Registers::new(registers);
    let mut exact = Exact::with_room(most);
    let mut counts = NumberCounts::default();
    let mut range: Option<(T, T)> = None;
    for row in column.start..end {
        if !column.has(row) {
            continue;
        }
        let number = T::read(words[row]);
        let nans = counts.nans;
        counts.values += 1;
        if number.count(&mut counts) {
            let (low, high) = range.unwrap_or((number, number));
            range = Some((if number < low { number } else { low }, if number > high { number } else { high }));
        } else if counts.nans > nans {
            continue;
        }
        let bits = number.bits();
        let hash = hash::word(bits);
        if let Some(table) = &mut exact {
            if table.add(hash, row, |other| T::read(words[other]).bits() == bits).is_some() {
                continue;
            }
            table.register(&mut registers);
            exact = None;
        }
        registers.add(hash);
    }
    if let Some(table) = &exact {
        table.register(&mut registers);
    }
    Ok((counts, range, exact.map(|table| table.values().collect())))
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // the numbers are exact
mod tests {
    use super::*;
    use crate::column::Validity;

    #[test]
    fn numbers_are_counted_by_what_they_are() {
        let numbers = [1.0, -0.0, 0.0, f64::NAN, 0.5, f64::INFINITY, -3.0, 20_240_131.0, 7.0, 1e300];
        let data: Vec<u8> = numbers.iter().flat_map(|x: &f64| x.to_ne_bytes()).collect();
        let column = Column { validity: Validity(Some(&[0xff, 0xfe])), start: 0, rows: 10 }; // 7.0 is null
        let (counts, range, values) = tally_numbers::<f64>(&data, column, 10, &mut [0; 16]).unwrap();
        let expected =
            NumberCounts { values: 9, nans: 1, infinities: 1, wholes: 6, zeros: 2, negatives: 1, compact_dates: 1 };
        assert_eq!((counts, range), (expected, Some((-3.0, 1e300))));
        assert_eq!(values.unwrap().iter().map(|value| value.1).collect::<Vec<_>>(), [1, 2, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn memory_that_is_too_short_is_refused() {
        let column = Column { validity: Validity(None), start: 1, rows: 2 };
        assert!(tally_numbers::<i64>(&[0; 23], column, 1, &mut [0; 16]).is_err());
        assert!(tally_numbers::<u64>(&[0; 24], column, 1, &mut [0; 16]).is_ok());
    }
}
