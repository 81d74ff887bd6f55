//! Windows of rows. Window `i` of a series holds the rows `i hop + j dilation` for `j` below `length`.
//!
//! [`Framer`] cuts windows out of interleaved series as their rows come in; [`Gram`] sums the products of the elements of
//! windows in integers, so that no order, cut or number of threads can change a bit; [`project`] maps windows linearly,
//! each by the same operations whatever stands beside it.

#![allow(clippy::inline_always)] // a body must be inlined in each level to be compiled for it
#![allow(clippy::cast_precision_loss)] // what is cast to a float is a power of two, or is to be rounded
#![allow(clippy::many_single_char_names)] // the letters are those of the equations
#![cfg_attr(
    test,
    allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::float_cmp, clippy::cast_lossless)
)]

mod framer;
mod gram;
mod panel;
mod project;
mod quantise;
mod ranges;

pub use framer::{Framer, Rows, Snapshot, Times, Trouble};
pub use gram::{Gram, Moments, Outside};
pub use project::project;
pub use quantise::{Grid, LARGEST};
pub use ranges::{interleave, ranges};

/// A number that rows hold.
pub trait Value: Copy + Send + Sync + Default + 'static {
    /// The same number.
    fn to_f64(self) -> f64;
    /// The nearest number.
    fn from_f64(x: f64) -> Self;
}

impl Value for f64 {
    fn to_f64(self) -> f64 {
        self
    }
    fn from_f64(x: f64) -> Self {
        x
    }
}

impl Value for f32 {
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[allow(clippy::cast_possible_truncation)] // to the nearest, as said
    fn from_f64(x: f64) -> Self {
        x as f32
    }
}

/// How windows are cut out of a series of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Numbers in a row.
    pub features: usize,
    /// Rows in a window.
    pub length: usize,
    /// Rows from the start of a window to the start of the next.
    pub hop: usize,
    /// Rows from one row of a window to the next.
    pub dilation: usize,
}

impl Shape {
    /// A shape without a zero in it, whose spans can be counted.
    ///
    /// # Errors
    /// A sentence that names what is wrong.
    pub fn new(features: usize, length: usize, hop: usize, dilation: usize) -> Result<Self, String> {
        const MOST: usize = 1 << 31; // products of two of them stay countable
        for (name, n) in [("features", features), ("window", length), ("hop", hop), ("dilation", dilation)] {
            if n == 0 || n > MOST {
                return Err(format!("{name} {n}; expected 1 to {MOST}"));
            }
        }
        Ok(Self { features, length, hop, dilation })
    }

    /// Numbers in a window.
    #[must_use]
    pub fn width(&self) -> usize {
        self.features * self.length
    }

    /// Rows from the first of a window to its last, both counted.
    #[must_use]
    pub fn span(&self) -> usize {
        (self.length - 1) * self.dilation + 1
    }

    /// How many windows `rows` rows have.
    #[must_use]
    pub fn windows(&self, rows: usize) -> usize {
        if rows < self.span() { 0 } else { (rows - self.span()) / self.hop + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_those_that_fit() {
        for length in 1..6 {
            for hop in 1..6 {
                for dilation in 1..4 {
                    let shape = Shape::new(1, length, hop, dilation).unwrap();
                    for rows in 0..40 {
                        let fit = (0..rows).filter(|i| i * hop + (length - 1) * dilation < rows).count();
                        assert_eq!(shape.windows(rows), fit);
                    }
                }
            }
        }
    }

    #[test]
    fn a_zero_is_refused_by_name() {
        assert_eq!(Shape::new(1, 2, 0, 1), Err("hop 0; expected 1 to 2147483648".into()));
    }
}
