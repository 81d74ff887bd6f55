//! The exact Gram matrix of windows.

use crate::panel::{MARGIN, WINDOWS, panel};
use crate::quantise::{Grid, SPLIT_BITS, Seen, row};
use crate::{Shape, Value};
use simd::Level;
use std::sync::Mutex;
use threads::{Stopped, each_index};

/// Quantised numbers of one block: they stay in the second cache between being made and being multiplied.
const BLOCK: usize = 1 << 16;
/// The fewest windows of a block: below, adding up its products costs more than making them.
const FEWEST: usize = 512;

/// A finite number outside of the grid: its row and feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outside {
    /// Of the rows that came in this call.
    pub row: usize,
    /// Of the numbers of a row.
    pub feature: usize,
}

/// The sums over windows of their elements, and of the products of all pairs of them, on the integers of a grid.
///
/// Integers of at most 2^41 in at most 2^42 windows: no sum leaves an `i128`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gram {
    width: usize,
    /// How many windows were summed.
    pub windows: u64,
    /// How many were left out, for a number in them was not finite.
    pub left_out: u64,
    sums: Vec<i128>,
    products: Vec<i128>, // the upper triangle of a full matrix
}

/// The centred moments of the integers, each rounded a few times.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Of each element.
    pub mean: Vec<f64>,
    /// `sum (q - mean) (q - mean)^T`.
    pub scatter: Vec<f64>,
}

impl Gram {
    /// Of no windows.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width, windows: 0, left_out: 0, sums: vec![0; width], products: vec![0; width * width] }
    }

    /// As [`Gram::words`] gave them.
    #[must_use]
    pub fn from_words(width: usize, windows: u64, left_out: u64, words: &[i128]) -> Option<Self> {
        let mut gram = Self { windows, left_out, ..Self::new(width) };
        let (sums, mut upper) = words.split_at_checked(width)?;
        gram.sums.copy_from_slice(sums);
        for c in 0..width {
            let row;
            (row, upper) = upper.split_at_checked(width - c)?;
            gram.products[c * width + c..(c + 1) * width].copy_from_slice(row);
        }
        upper.is_empty().then_some(gram)
    }

    /// The sums, and the rows of the upper triangle of the products.
    #[must_use]
    pub fn words(&self) -> Vec<i128> {
        let upper = |c| &self.products[c * self.width + c..(c + 1) * self.width];
        self.sums.iter().copied().chain((0..self.width).flat_map(|c| upper(c).iter().copied())).collect()
    }

    /// How many numbers a window has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Add the sums of other windows.
    ///
    /// # Panics
    /// Where the widths differ.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(self.width, other.width, "merge: windows of one width");
        self.windows += other.windows;
        self.left_out += other.left_out;
        let mine = self.sums.iter_mut().chain(&mut self.products);
        for (mine, theirs) in mine.zip(other.sums.iter().chain(&other.products)) {
            *mine += theirs;
        }
    }

    /// Add the windows of a series of rows. Where a number is outside of the grid, nothing is added.
    ///
    /// # Errors
    /// [`Stopped`] where `poll` said so; nothing is added then.
    ///
    /// # Panics
    /// Where the lengths do not fit each other.
    pub fn add<T: Value>(
        &mut self,
        level: Level,
        x: &[T],
        shape: Shape,
        grid: Grid<'_>,
        threads: usize,
        poll: &dyn Fn() -> bool,
    ) -> Result<Result<(), Outside>, Stopped> {
        let f = shape.features;
        assert!(self.width == shape.width() && x.len().is_multiple_of(f), "add: windows of this width");
        assert!(grid.shift.len() == f && grid.scale.len() == f, "add: a grid for each feature");
        let total = Mutex::new((Self::new(self.width), None::<Outside>));
        let blocks = blocks(shape, x.len() / f);
        each_index(blocks.len(), threads, poll, |index| {
            let found = block(level, x, shape, grid, blocks[index]);
            let mut total = total.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match found {
                Ok(part) => total.0.fold(&part, f),
                // whoever finds it first, the same one is reported
                Err(found) => total.1 = Some(total.1.filter(|o| o.row <= found.row).unwrap_or(found)),
            }
        })?;
        let (found, outside) = total.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(outside) = outside {
            return Ok(Err(outside));
        }
        self.merge(&found);
        Ok(Ok(()))
    }

    /// Put the products of halves together.
    fn fold(&mut self, part: &Part, f: usize) {
        self.windows += part.windows as u64;
        self.left_out += part.left_out as u64;
        let width = part.sums.len();
        let place = |c: usize| (c / (2 * f) * f + c % f, u32::from(c % (2 * f) < f) * SPLIT_BITS);
        for (c, &sum) in part.sums.iter().enumerate() {
            let (i, bits) = place(c);
            self.sums[i] += whole(sum) << bits;
            let row = &part.products[c * width..(c + 1) * width];
            for (d, &product) in row.iter().enumerate().skip(c) {
                let (j, more) = place(d);
                // the two halves of one element meet twice, once in either order
                let twice = u32::from(i == j && c != d);
                self.products[i.min(j) * self.width + i.max(j)] += whole(product) << (bits + more + twice);
            }
        }
    }

    /// Means, and centred sums of products.
    ///
    /// The mean is taken out in integers as far as one is near it; what is left is less than half of a step, so that the
    /// one subtraction in floats takes away at most half of a sum of squares.
    #[must_use]
    pub fn moments(&self) -> Moments {
        let (width, n) = (self.width, i128::from(self.windows.max(1)));
        let near: Vec<i128> = self.sums.iter().map(|s| (s + n / 2).div_euclid(n)).collect();
        let rest: Vec<f64> = self.sums.iter().zip(&near).map(|(s, m)| (s - n * m) as f64).collect();
        let mean = near.iter().zip(&rest).map(|(&m, r)| m as f64 + r / n as f64).collect();
        let mut scatter = vec![0.0; width * width];
        for i in 0..width {
            for j in i..width {
                let exact = self.products[i * width + j] - near[i] * self.sums[j] - near[j] * self.sums[i]
                    + n * near[i] * near[j];
                let value = exact as f64 - rest[i] * rest[j] / n as f64;
                scatter[i * width + j] = value;
                scatter[j * width + i] = value;
            }
        }
        Moments { mean, scatter }
    }
}

#[allow(clippy::cast_possible_truncation)] // an integer below 2^53
fn whole(x: f64) -> i128 {
    i128::from(x as i64)
}

/// The sums of one block, by halves.
struct Part {
    windows: usize,
    left_out: usize,
    products: Vec<f64>,
    sums: Vec<f64>,
}

/// Windows `first`, `first + every`, ..., `windows` of them: what they hold of dilated rows lies side by side.
#[derive(Clone, Copy)]
struct Block {
    first: usize,
    windows: usize,
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Windows whose starts differ by multiples of the dilation share rows: they are a series of their own, without one.
fn blocks(shape: Shape, rows: usize) -> Vec<Block> {
    let (windows, every) = (shape.windows(rows), shape.dilation / gcd(shape.hop, shape.dilation));
    let step = 2 * shape.features * (shape.hop / gcd(shape.hop, shape.dilation));
    let most = (BLOCK / step).clamp(FEWEST, WINDOWS);
    let mut blocks = Vec::new();
    for class in 0..every.min(windows) {
        let mine = (windows - class).div_ceil(every);
        let cuts = (0..mine).step_by(most);
        blocks.extend(cuts.map(|at| Block { first: class + at * every, windows: most.min(mine - at) }));
    }
    blocks
}

fn block<T: Value>(level: Level, x: &[T], shape: Shape, grid: Grid<'_>, block: Block) -> Result<Part, Outside> {
    let Shape { features: f, length, hop, dilation } = shape;
    let hop_here = hop / gcd(hop, dilation);
    // rows between two windows are read only where there are any that belong to one
    let (group, groups) = if hop_here > length { (length, block.windows) } else { (hop_here, block.windows - 1) };
    let rows = if hop_here > length { length * groups } else { hop_here * groups + length };
    let source = |r: usize| {
        let (at, inside) = if hop_here > length { (r / group * hop_here, r % group) } else { (r, 0) };
        block.first * hop + (at + inside) * dilation
    };
    let mut q = vec![0.0; rows * 2 * f + MARGIN];
    let mut bad = Vec::new();
    for (r, out) in q.chunks_exact_mut(2 * f).take(rows).enumerate() {
        let at = source(r);
        match row(grid, &x[at * f..(at + 1) * f], out) {
            Seen::Good => {}
            Seen::Missing => bad.push(r),
            Seen::Outside(feature) => return Err(Outside { row: at, feature }),
        }
    }
    let (step, width) = (group * 2 * f, length * 2 * f);
    let mut part = Part { windows: 0, left_out: 0, products: vec![0.0; width * width], sums: vec![0.0; width] };
    let (mut products, mut sums) = (part.products.clone(), part.sums.clone());
    for (first, last) in runs(&bad, block.windows, group, length) {
        panel(level, &q[first * step..], last - first, step, &mut products, &mut sums);
        let totals = part.products.iter_mut().chain(&mut part.sums);
        // no sum over a whole block is rounded either
        totals.zip(products.iter().chain(&sums)).for_each(|(total, more)| *total += more);
        part.windows += last - first;
    }
    part.left_out = block.windows - part.windows;
    Ok(part)
}

/// The runs of windows without a bad row: (first, past the last).
fn runs(bad: &[usize], windows: usize, hop: usize, length: usize) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let mut from = 0;
    for &r in bad {
        // the windows that hold row r: those that start at most at r, and not before r - length + 1
        let (before, after) = ((r + 1).saturating_sub(length).div_ceil(hop), (r / hop + 1).min(windows));
        if before > from {
            runs.push((from, before.min(windows)));
        }
        from = from.max(after);
    }
    if from < windows {
        runs.push((from, windows));
    }
    runs
}

#[cfg(test)]
#[path = "gram_tests.rs"]
mod tests;
