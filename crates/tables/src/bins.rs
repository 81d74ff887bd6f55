//! Values on a grid, counted by bin: what the moments and quantiles of a column are made of.

use crate::column::{Column, Malformed};

/// The bits of a place on the grid that lie below its bin.
pub const REST_BITS: u32 = 31;
/// The words of one bin: values, the sum of their rests, and the sum of the rests' squares, low word first.
pub const WORDS: usize = 4;

/// The integer of a value: `floor((x - low) * scale * more + 0.5)`, each step rounded as a float64.
#[derive(Clone, Copy)]
pub struct Grid {
    pub low: f64,
    pub scale: f64,
    /// A second factor, where one float64 cannot hold the whole scale; else 1.
    pub more: f64,
}

/// Add the values of a column to its bins.
///
/// # Errors
/// Where the memory is shorter than the rows, and at a value outside of the bins.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a place below the grid becomes 0: it is looked for
pub fn fold_bins(data: &[u8], column: Column<'_>, grid: Grid, bins: &mut [u64]) -> Result<(), Malformed> {
    let end = column.end()?;
    let (words, _) = data.as_chunks::<8>();
    let words = words.get(column.start..end).ok_or(Malformed("fewer numbers than rows"))?;
    let (bins, _) = bins.as_chunks_mut::<WORDS>();
    let mut add = |word: &[u8; 8]| {
        let place = (f64::from_ne_bytes(*word) - grid.low) * grid.scale * grid.more + 0.5;
        let index = place as i64 as u64; // towards zero, which is down from there
        let bin = bins.get_mut((index >> REST_BITS) as usize).filter(|_| place >= 0.0);
        let [count, rests, low, high] = bin.ok_or(Malformed("a value beyond the extremes that were found before"))?;
        let rest = index & ((1 << REST_BITS) - 1);
        *count += 1;
        *rests += rest;
        let (sum, carry) = low.overflowing_add(rest * rest);
        *low = sum;
        *high += u64::from(carry);
        Ok(())
    };
    if column.validity.0.is_none() {
        return words.iter().try_for_each(add);
    }
    words.iter().zip(column.start..).filter(|&(_, row)| column.has(row)).try_for_each(|(word, _)| add(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::Validity;

    fn bytes(values: &[f64]) -> Vec<u8> {
        values.iter().flat_map(|x| x.to_ne_bytes()).collect()
    }

    const WHOLE: Grid = Grid { low: 0.0, scale: 1.0, more: 1.0 };

    #[test]
    fn bins_hold_counts_and_sums_of_rests() {
        let start = f64::from(1_u32 << REST_BITS);
        let data = bytes(&[3.0, start + 5.0, 9.0, start + 7.0, 4.4]);
        let column = Column { validity: Validity(Some(&[0b1_1011])), start: 0, rows: 5 }; // 9.0 is null
        let mut bins = [0; 2 * WORDS];
        fold_bins(&data, column, WHOLE, &mut bins).unwrap();
        assert_eq!(bins, [2, 7, 25, 0, 2, 12, 74, 0]);
    }

    #[test]
    fn squares_carry_into_a_second_word() {
        let most = f64::from((1_u32 << REST_BITS) - 1);
        let rows = 9;
        let mut bins = [0; WORDS];
        let column = Column { validity: Validity(None), start: 0, rows };
        fold_bins(&bytes(&vec![most; rows]), column, WHOLE, &mut bins).unwrap();
        let square = u128::from((1_u64 << REST_BITS) - 1).pow(2);
        assert_eq!(u128::from(bins[2]) + (u128::from(bins[3]) << 64), 9 * square);
    }

    #[test]
    fn values_beyond_the_bins_and_short_memory_are_refused() {
        for value in [-1.0, -f64::INFINITY, f64::NAN, f64::INFINITY, 4e9, 1e300] {
            let column = Column { validity: Validity(None), start: 0, rows: 1 };
            assert!(fold_bins(&bytes(&[value]), column, WHOLE, &mut [0; WORDS]).is_err(), "{value}");
        }
        let column = Column { validity: Validity(None), start: 1, rows: 1 };
        assert!(fold_bins(&bytes(&[1.0]), column, WHOLE, &mut [0; WORDS]).is_err());
    }
}
