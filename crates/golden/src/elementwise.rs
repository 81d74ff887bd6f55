//! Sums, differences and products of planes, with the range of what came out.

use crate::width::Width;
use simd::{Kind, Level};

/// What to do with each pair of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Add,
    Subtract,
    Multiply,
}

/// The second operand: a number for each element, or one for all.
#[derive(Clone, Copy, Debug)]
pub enum Second<'a, T> {
    Each(&'a [T], &'a [T]),
    All(T, T),
}

/// The least and the largest integer of each plane, zero among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent<T> {
    pub a: (T, T),
    pub b: (T, T),
}

impl<T: Width> Extent<T> {
    /// The range of two parts together.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        let join = |x: (T, T), y: (T, T)| (x.0.min(y.0), x.1.max(y.1));
        Self { a: join(self.a, other.a), b: join(self.b, other.b) }
    }

    /// The largest size in each plane.
    #[must_use]
    pub fn bounds(self) -> (u64, u64) {
        let size = |x: (T, T)| x.0.wide().unsigned_abs().max(x.1.wide().unsigned_abs());
        (size(self.a), size(self.b))
    }
}

#[inline(always)]
fn each<T: Width>(
    a: &mut [T],
    b: &mut [T],
    x: (&[T], &[T]),
    y: Second<'_, T>,
    operation: impl Fn((T, T), (T, T)) -> (T, T),
) -> Extent<T> {
    let len = a.len();
    let (a, b, x) = (&mut a[..len], &mut b[..len], (&x.0[..len], &x.1[..len]));
    let mut extent = Extent::<T>::default();
    let mut put = |i: usize, y: (T, T)| {
        let (p, q) = operation((x.0[i], x.1[i]), y);
        (a[i], b[i]) = (p, q);
        extent.a = (extent.a.0.min(p), extent.a.1.max(p));
        extent.b = (extent.b.0.min(q), extent.b.1.max(q));
    };
    match y {
        Second::Each(c, d) => {
            let (c, d) = (&c[..len], &d[..len]);
            for i in 0..len {
                put(i, (c[i], d[i]));
            }
        }
        Second::All(c, d) => {
            for i in 0..len {
                put(i, (c, d));
            }
        }
    }
    extent
}

#[inline(always)]
fn scalar<T: Width>(operation: Operation, a: &mut [T], b: &mut [T], x: (&[T], &[T]), y: Second<'_, T>) -> Extent<T> {
    match operation {
        Operation::Add => each(a, b, x, y, |(a, b), (c, d)| (a.plus(c), b.plus(d))),
        Operation::Subtract => each(a, b, x, y, |(a, b), (c, d)| (a.minus(c), b.minus(d))),
        Operation::Multiply => each(a, b, x, y, |(a, b), (c, d)| {
            let bd = b.times(d);
            (a.times(c).plus(bd), a.times(d).plus(b.times(c)).plus(bd))
        }),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<T: Width>(o: Operation, a: &mut [T], b: &mut [T], x: (&[T], &[T]), y: Second<'_, T>) -> Extent<T> {
    scalar(o, a, b, x, y)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn avx512<T: Width>(o: Operation, a: &mut [T], b: &mut [T], x: (&[T], &[T]), y: Second<'_, T>) -> Extent<T> {
    scalar(o, a, b, x, y)
}

/// `a + b phi = x (operation) y` for each element; the range of the result. Every result fits `T`, says the caller.
///
/// # Panics
/// Where the planes differ in length.
pub fn elementwise<T: Width>(
    level: Level,
    operation: Operation,
    a: &mut [T],
    b: &mut [T],
    x: (&[T], &[T]),
    y: Second<'_, T>,
) -> Extent<T> {
    assert!([b.len(), x.0.len(), x.1.len()] == [a.len(); 3], "elementwise: planes of one length");
    if let Second::Each(c, d) = y {
        assert!([c.len(), d.len()] == [a.len(); 2], "elementwise: planes of one length");
    }
    match level.kind() {
        // SAFETY: only Level::available makes a Level, after asking the CPU
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2 => unsafe { avx2(operation, a, b, x, y) },
        // SAFETY: as above
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512 => unsafe { avx512(operation, a, b, x, y) },
        _ => scalar(operation, a, b, x, y),
    }
}
