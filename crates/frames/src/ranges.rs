//! The least and the largest number of every feature, and rows out of columns.

use crate::Value;

/// Lower `low` and raise `high` to hold every finite number of the rows; start with infinity and minus infinity.
///
/// # Panics
/// Where the lengths do not fit each other.
pub fn ranges<T: Value>(x: &[T], low: &mut [f64], high: &mut [f64]) {
    let f = low.len();
    assert!(f > 0 && high.len() == f && x.len().is_multiple_of(f), "ranges: a low and a high for each feature");
    for row in x.chunks_exact(f) {
        for ((x, low), high) in row.iter().zip(&mut *low).zip(&mut *high) {
            let x = x.to_f64();
            let is_finite = x.abs() < f64::INFINITY;
            *low = if is_finite && x < *low { x } else { *low };
            *high = if is_finite && x > *high { x } else { *high };
        }
    }
}

/// `out[r][c] = columns[c][r]`.
///
/// # Panics
/// Where the lengths do not fit each other.
pub fn interleave<T: Value>(columns: &[&[T]], out: &mut [T]) {
    const ROWS: usize = 512; // of all columns, in the first cache
    let f = columns.len();
    assert!(columns.iter().all(|c| c.len() * f == out.len()), "interleave: a place for each number");
    for (block, out) in out.chunks_mut(ROWS * f.max(1)).enumerate() {
        for (c, column) in columns.iter().enumerate() {
            for (row, &x) in out.chunks_exact_mut(f).zip(&column[block * ROWS..]) {
                row[c] = x;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_finite_numbers_alone() {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        ranges(&[3.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.5, f64::NAN], &mut low, &mut high);
        assert_eq!((low, high), ([-1.5, f64::INFINITY], [3.0, f64::NEG_INFINITY]));
    }

    #[test]
    fn rows_are_made_of_columns() {
        let columns: Vec<Vec<f32>> =
            (0..3_u8).map(|c| (0..1300_u16).map(|r| f32::from(r) + f32::from(c) / 4.0).collect()).collect();
        let columns: Vec<&[f32]> = columns.iter().map(|c| &c[..]).collect();
        let mut out = vec![0.0; 3 * 1300];
        interleave(&columns, &mut out);
        assert!(out.chunks(3).enumerate().all(|(r, row)| (0..3).all(|c| row[c] == columns[c][r])));
    }
}
