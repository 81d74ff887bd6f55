//! Sums of products of the columns of overlapping windows, as one small matrix product without rounding.
//!
//! Rows follow each other in memory, so a window is a run of `width` numbers and the next begins `step` further on: no
//! window is ever copied. Where windows overlap by whole steps, the column `c + step` of a window is the column `c` of the
//! next: only the products of the first `step` columns are summed, and the others follow from them by what falls out
//! of the sum at its start and what comes in at its end. All numbers are integers and no sum exceeds 2^53: none is rounded,
//! so it does not matter which instructions add them, nor in which order.

use simd::{Kind, Level};

/// The most windows of one panel: their sums stay below 2^53.
pub const WINDOWS: usize = 1 << 13;
/// Numbers that must follow the last window: tiles read past the end of a row.
pub const MARGIN: usize = 16;

/// `out[c][d] = sum_t q[t step + c] q[t step + d]` for `c <= d < width` and `t < windows`; `sums[c]` likewise.
pub fn panel(level: Level, q: &[f64], windows: usize, step: usize, out: &mut [f64], sums: &mut [f64]) {
    let width = sums.len();
    assert!(out.len() == width * width, "panel: one product for each pair of columns");
    assert!((1..=WINDOWS).contains(&windows), "panel: at least one window, and few enough to sum without rounding");
    assert!(q.len() >= (windows - 1) * step + width + MARGIN, "panel: tiles read past the end of a window");
    let first = step.min(width);
    match level.kind() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: only `Level::available` makes a level, after asking the CPU
        Kind::Avx512 => unsafe { avx512(q, windows, step, first, out, width) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above
        Kind::Avx2 => unsafe { avx2(q, windows, step, first, out, width) },
        _ => strip::<4, 4>(q, windows, step, first, out, width, tile),
    }
    sums[..first].fill(0.0);
    for row in q.chunks(step).take(windows) {
        for (sum, x) in sums[..first].iter_mut().zip(row) {
            *sum += x;
        }
    }
    follow(q, windows, step, out, sums);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,fma")]
fn avx512(q: &[f64], windows: usize, step: usize, first: usize, out: &mut [f64], width: usize) {
    strip::<8, 16>(q, windows, step, first, out, width, |a, b, windows, step| x86::tile512(a, b, windows, step));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2(q: &[f64], windows: usize, step: usize, first: usize, out: &mut [f64], width: usize) {
    strip::<4, 8>(q, windows, step, first, out, width, |a, b, windows, step| x86::tile256(a, b, windows, step));
}

/// The products of the columns below `first` with those from themselves on.
#[inline(always)]
fn strip<const M: usize, const N: usize>(
    q: &[f64],
    windows: usize,
    step: usize,
    first: usize,
    out: &mut [f64],
    width: usize,
    tile: impl Fn(&[f64], &[f64], usize, usize) -> [[f64; N]; M],
) {
    for c in (0..first).step_by(M) {
        for d in (c..width).step_by(N) {
            let end = (windows - 1) * step;
            let tile = tile(&q[c..c + end + M], &q[d..d + end + N], windows, step);
            for (c, row) in (c..first).zip(&tile) {
                let len = N.min(width - d);
                out[c * width + d..][..len].copy_from_slice(&row[..len]);
            }
        }
    }
}

/// `sum_t a[t step + i] b[t step + j]`.
fn tile<const M: usize, const N: usize>(a: &[f64], b: &[f64], windows: usize, step: usize) -> [[f64; N]; M] {
    let mut sums = [[0.0; N]; M];
    for t in 0..windows {
        for (row, a) in sums.iter_mut().zip(&a[t * step..][..M]) {
            for (sum, b) in row.iter_mut().zip(&b[t * step..][..N]) {
                *sum += a * b;
            }
        }
    }
    sums
}

/// The tile in registers: compilers leave an array of sums in memory, which is ten times slower.
#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256d, __m512d, _mm256_fmadd_pd, _mm256_loadu_pd, _mm256_set1_pd, _mm256_setzero_pd, _mm256_storeu_pd,
        _mm512_fmadd_pd, _mm512_loadu_pd, _mm512_set1_pd, _mm512_setzero_pd, _mm512_storeu_pd,
    };

    macro_rules! tile {
        ($name:ident, $features:literal, $M:literal, $N:literal, $lanes:literal, $register:ty,
         $zero:ident, $load:ident, $all:ident, $fused:ident, $store:ident) => {
            #[target_feature(enable = $features)]
            pub fn $name(a: &[f64], b: &[f64], windows: usize, step: usize) -> [[f64; $N]; $M] {
                assert!(windows > 0 && a.len() >= (windows - 1) * step + $M && b.len() >= (windows - 1) * step + $N);
                let mut sums: [[$register; 2]; $M] = [[$zero(); 2]; $M];
                for t in 0..windows {
                    // SAFETY: the last window reads up to (windows - 1) step + M of `a` and N of `b`, asserted above
                    unsafe {
                        let (a, b) = (a.as_ptr().add(t * step), b.as_ptr().add(t * step));
                        let line = [$load(b), $load(b.add($lanes))];
                        for i in 0..$M {
                            let a = $all(*a.add(i));
                            sums[i] = [$fused(a, line[0], sums[i][0]), $fused(a, line[1], sums[i][1])];
                        }
                    }
                }
                let mut out = [[0.0; $N]; $M];
                for (row, sums) in out.iter_mut().zip(sums) {
                    // SAFETY: a row holds two registers
                    unsafe {
                        $store(row.as_mut_ptr(), sums[0]);
                        $store(row.as_mut_ptr().add($lanes), sums[1]);
                    }
                }
                out
            }
        };
    }

    tile!(
        tile512,
        "avx512f,fma",
        8,
        16,
        8,
        __m512d,
        _mm512_setzero_pd,
        _mm512_loadu_pd,
        _mm512_set1_pd,
        _mm512_fmadd_pd,
        _mm512_storeu_pd
    );
    tile!(
        tile256,
        "avx2,fma",
        4,
        8,
        4,
        __m256d,
        _mm256_setzero_pd,
        _mm256_loadu_pd,
        _mm256_set1_pd,
        _mm256_fmadd_pd,
        _mm256_storeu_pd
    );
}

/// The columns from `step` on, out of those before.
fn follow(q: &[f64], windows: usize, step: usize, out: &mut [f64], sums: &mut [f64]) {
    let width = sums.len();
    let last = &q[(windows - 1) * step..];
    for c in step..width {
        let (fallen, come) = (q[c - step], last[c]);
        sums[c] = sums[c - step] - fallen + come;
        let (before, now) = out.split_at_mut(c * width);
        let before = &before[(c - step) * width + (c - step)..][..width - c];
        let ends = q[c - step..].iter().zip(&last[c..]);
        for ((now, before), (fall, enter)) in now[c..width].iter_mut().zip(before).zip(ends) {
            *now = before - fallen * fall + come * enter;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_sums_what_the_definition_says() {
        let mut state = 1_u64;
        let mut number = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 43) as f64) - f64::from(1 << 20) // 21 bits: the widest halves there are
        };
        for width in (1..40).chain([64, 67]) {
            for step in [1, 2, 3, 5, 8, 40, 80] {
                let windows = 1 + (width * 7 + step) % 23;
                let q: Vec<f64> = (0..(windows - 1) * step + width + MARGIN).map(|_| number()).collect();
                let sum = |f: &dyn Fn(&[f64]) -> f64| (0..windows).map(|t| f(&q[t * step..])).sum::<f64>();
                for level in Level::available() {
                    let (mut out, mut sums) = (vec![f64::NAN; width * width], vec![f64::NAN; width]);
                    panel(level, &q, windows, step, &mut out, &mut sums);
                    for c in 0..width {
                        assert_eq!(sums[c], sum(&|v| v[c]));
                        for d in c..width {
                            assert_eq!(out[c * width + d], sum(&|v| v[c] * v[d]), "{level} {width} {step} {c} {d}");
                        }
                    }
                }
            }
        }
    }
}
