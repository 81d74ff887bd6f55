//! The nearest double of each element: double-double arithmetic where its error cannot matter, integers where it could.

use crate::scalar::Golden;
use crate::width::Width;
use dashu_int::IBig;
use simd::{Kind, Level};

/// phi as a sum of two doubles; the rest is below 2^-108.
const PHI: (f64, f64) = (1.618_033_988_749_895, -5.432_115_203_682_506e-17);

/// A bound of the error of `a + b phi` in double-doubles, for each unit of both halves of `|a|` and of `|b| phi`: four operations of at most
/// 2^-103 each, and what PHI leaves out.
const ERROR: f64 = 7.888_609_052_210_118e-31; // 2^-100

/// An element is beyond the largest double: its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge(pub usize);

#[inline(always)]
fn two_sum(x: f64, y: f64) -> (f64, f64) {
    let sum = x + y;
    let part = sum - x;
    (sum, (x - (sum - part)) + (y - part))
}

#[inline(always)]
fn two_product(x: f64, y: f64) -> (f64, f64) {
    let product = x * y;
    (product, x.mul_add(y, -product))
}

/// An integer as a sum of two doubles, exactly.
#[inline(always)]
#[expect(clippy::cast_precision_loss, reason = "both halves are exact")]
fn split(x: i64) -> (f64, f64) {
    let high = x >> 32 << 32;
    (high as f64, (x - high) as f64)
}

/// The nearest double where double-doubles can tell.
#[inline(always)]
fn quick(a: i64, b: i64) -> Option<f64> {
    let (ah, al) = split(a);
    let (bh, bl) = split(b);
    let (bh, bl) = two_sum(bh, bl);
    let (product, rest) = two_product(bh, PHI.0);
    let (product, rest) = two_sum(product, rest + (bh * PHI.1 + bl * PHI.0));
    let (sum, first) = two_sum(ah, product);
    let (sum, second) = two_sum(sum, al);
    let (sum, low) = two_sum(sum, first + second + rest);
    let margin = ERROR * (ah.abs() + al + product.abs());
    let (least, most) = (sum + (low - margin), sum + (low + margin));
    least.total_cmp(&most).is_eq().then_some(least)
}

#[inline(always)]
fn scalar<T: Width>(out: &mut [f64], a: &[T], b: &[T], den: &IBig) -> Result<(), TooLarge> {
    let ring = den.is_one();
    for (i, ((out, &a), &b)) in out.iter_mut().zip(a).zip(b).enumerate() {
        let (a, b) = (a.wide(), b.wide());
        *out = match if ring { quick(a, b) } else { None } {
            Some(float) => float,
            None => exact(a, b, den).ok_or(TooLarge(i))?,
        };
    }
    Ok(())
}

#[cold]
fn exact(a: i64, b: i64, den: &IBig) -> Option<f64> {
    Golden::new(a.into(), b.into(), den.clone()).expect("a denominator that is not zero").to_f64().ok()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn fused<T: Width>(out: &mut [f64], a: &[T], b: &[T], den: &IBig) -> Result<(), TooLarge> {
    scalar(out, a, b, den)
}

/// The nearest double of each element `(a + b phi) / den`, a half to the even one.
///
/// # Errors
/// Where an element is beyond the largest double.
///
/// # Panics
/// Where the planes differ in length.
pub fn to_floats<T: Width>(level: Level, out: &mut [f64], a: &[T], b: &[T], den: &IBig) -> Result<(), TooLarge> {
    assert!([a.len(), b.len()] == [out.len(); 2], "to_floats: planes of one length");
    match level.kind() {
        // SAFETY: only Level::available makes a Level, after asking the CPU
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2 | Kind::Avx512 => unsafe { fused(out, a, b, den) },
        _ => scalar(out, a, b, den),
    }
}
