//! Windows times a matrix, each window by the same operations.

use crate::{Shape, Value};
use simd::{Kind, Level};
use threads::{Stopped, each_part};

/// Columns of the matrix at a time, and windows that share one reading of them.
const LANES: usize = 8;
const TOGETHER: usize = 4;
/// Products that a part of the work has: some milliseconds.
const PART: usize = 1 << 22;

/// `out[i][j] = sum_c (v_i[c] - mean[c]) matrix[c][j]`, summed over `c` in order, in `f64`, nothing fused.
///
/// # Errors
/// [`Stopped`] where `poll` said so.
///
/// # Panics
/// Where the lengths do not fit each other.
#[allow(clippy::too_many_arguments)] // the names of the equation
pub fn project<T: Value>(
    level: Level,
    x: &[T],
    shape: Shape,
    mean: &[f64],
    matrix: &[f64],
    out: &mut [T],
    threads: usize,
    poll: &dyn Fn() -> bool,
) -> Result<(), Stopped> {
    let width = shape.width();
    assert!(x.len().is_multiple_of(shape.features) && mean.len() == width, "project: windows of this width");
    let k = matrix.len() / width;
    let windows = shape.windows(x.len() / shape.features);
    assert!(matrix.len() == k * width && out.len() == windows * k, "project: a row for each window");
    if out.is_empty() {
        return Ok(());
    }
    let padded = k.next_multiple_of(LANES);
    let mut wide = vec![0.0; width * padded];
    for (to, from) in wide.chunks_mut(padded).zip(matrix.chunks(k)) {
        to[..k].copy_from_slice(from);
    }
    let run = Run { x, shape, mean, wide: &wide, k, padded };
    let size = (PART / (width * padded)).clamp(1, 1 << 16) * k;
    each_part(out, size, threads, poll, |first, part| match level.kind() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: only `Level::available` makes a level, after asking the CPU
        Kind::Avx512 => unsafe { avx512(&run, first / k, part) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above
        Kind::Avx2 => unsafe { avx2(&run, first / k, part) },
        _ => run.part(first / k, part),
    })
}

// without "fma": nothing is fused, at any level
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq")]
fn avx512<T: Value>(run: &Run<'_, T>, first: usize, out: &mut [T]) {
    run.part(first, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<T: Value>(run: &Run<'_, T>, first: usize, out: &mut [T]) {
    run.part(first, out);
}

struct Run<'a, T> {
    x: &'a [T],
    shape: Shape,
    mean: &'a [f64],
    wide: &'a [f64],
    k: usize,
    padded: usize,
}

impl<T: Value> Run<'_, T> {
    #[inline(always)]
    fn part(&self, mut window: usize, out: &mut [T]) {
        for out in out.chunks_mut(TOGETHER * self.k) {
            if out.len() == TOGETHER * self.k {
                self.rows::<TOGETHER>(window, out);
            } else {
                for (i, out) in out.chunks_mut(self.k).enumerate() {
                    self.rows::<1>(window + i, out);
                }
            }
            window += TOGETHER;
        }
    }

    #[inline(always)]
    fn rows<const N: usize>(&self, window: usize, out: &mut [T]) {
        let Shape { features: f, hop, dilation, .. } = self.shape;
        for from in (0..self.padded).step_by(LANES) {
            let mut sums = [[0.0; LANES]; N];
            for (j, mean) in self.mean.chunks(f).enumerate() {
                let rows: [&[T]; N] = std::array::from_fn(|i| &self.x[((window + i) * hop + j * dilation) * f..][..f]);
                for (c, mean) in mean.iter().enumerate() {
                    let line: &[f64; LANES] =
                        self.wide[(j * f + c) * self.padded + from..].first_chunk().expect("padded");
                    for (sums, row) in sums.iter_mut().zip(rows) {
                        let x = row[c].to_f64() - mean;
                        for (sum, v) in sums.iter_mut().zip(line) {
                            *sum += x * v;
                        }
                    }
                }
            }
            for (out, sums) in out.chunks_mut(self.k).zip(&sums) {
                for (out, &sum) in out[from..].iter_mut().zip(sums) {
                    *out = T::from_f64(sum);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_and_cut_has_the_bits_of_the_plain_sum() {
        let number = |i: usize| ((i * 7919 + 13) % 1009) as f64 / 97.0 - 5.0;
        for (f, length, hop, dilation, k) in [(1, 1, 1, 1, 1), (3, 4, 2, 1, 5), (2, 5, 1, 3, 8), (4, 8, 4, 1, 17)] {
            let shape = Shape::new(f, length, hop, dilation).unwrap();
            let x: Vec<f64> = (0..f * 61).map(number).collect();
            let mean: Vec<f64> = (0..shape.width()).map(|i| number(i + 5)).collect();
            let matrix: Vec<f64> = (0..shape.width() * k).map(|i| number(i + 11)).collect();
            let windows = shape.windows(61);
            let mut expected = vec![0.0; windows * k];
            for (i, out) in expected.chunks_mut(k).enumerate() {
                for (j, out) in out.iter_mut().enumerate() {
                    for c in 0..shape.width() {
                        let v = x[(i * hop + c / f * dilation) * f + c % f];
                        *out += (v - mean[c]) * matrix[c * k + j];
                    }
                }
            }
            for level in Level::available() {
                let mut out = vec![f64::NAN; windows * k];
                project(level, &x, shape, &mean, &matrix, &mut out, 2, &|| false).unwrap();
                assert_eq!(out, expected, "{level}");
            }
        }
    }
}
