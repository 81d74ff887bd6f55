//! Signs and order by the real value, exactly.

use crate::width::Width;
use std::cmp::Ordering;
use threads::Stopped;

/// The sign of `a + b phi`: -1, 0 or 1. Where a and b differ in sign, that of a times that of the norm.
#[must_use]
pub fn sign(a: i128, b: i128) -> i8 {
    let (sa, sb) = (a.signum(), b.signum());
    let sign =
        if sa * sb >= 0 { if sa == 0 { sb } else { sa } } else { sa * norm_sign(a.unsigned_abs(), b.unsigned_abs()) };
    sign.cmp(&0) as i8
}

/// The sign of `a^2 - ab - b^2` for sizes below 2^66, as differences of planes have: `a > b phi` or not.
fn norm_sign(a: u128, b: u128) -> i128 {
    // a^2 - ab - b^2 = a (a - b) - b^2; with a > b both products are of two factors below 2^66: compare in 256 bits
    if a <= b {
        return -1; // b phi > b >= a, and b is not zero
    }
    match product(a, a - b).cmp(&product(b, b)) {
        Ordering::Greater => 1,
        _ => -1, // never equal: phi is no fraction
    }
}

/// The full product: high and low half.
fn product(x: u128, y: u128) -> (u128, u128) {
    let half = u128::from(u64::MAX);
    let (x1, x0, y1, y0) = (x >> 64, x & half, y >> 64, y & half);
    let (low, middle) = (x0 * y0, x1 * y0 + x0 * y1); // x1, y1 below 4: no carry is lost
    let (sum, carry) = low.overflowing_add(middle << 64);
    (x1 * y1 + (middle >> 64) + u128::from(carry), sum)
}

/// The order of two numbers over one denominator.
#[must_use]
pub fn compare<T: Width>(x: (T, T), y: (T, T)) -> Ordering {
    let difference = |x: T, y: T| i128::from(x.wide()) - i128::from(y.wide());
    sign(difference(x.0, y.0), difference(x.1, y.1)).cmp(&0)
}

/// The sign of each element.
///
/// # Panics
/// Where the planes differ in length.
pub fn signs<T: Width>(out: &mut [i8], a: &[T], b: &[T]) {
    assert!([a.len(), b.len()] == [out.len(); 2], "signs: planes of one length");
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = sign(a.wide().into(), b.wide().into());
    }
}

/// The sign of each difference `x - y`: -1, 0 or 1.
///
/// # Panics
/// Where the planes differ in length.
pub fn comparisons<T: Width>(out: &mut [i8], x: (&[T], &[T]), y: (&[T], &[T])) {
    assert!([x.0.len(), x.1.len(), y.0.len(), y.1.len()] == [out.len(); 4], "comparisons: planes of one length");
    for (i, out) in out.iter_mut().enumerate() {
        *out = compare((x.0[i], x.1[i]), (y.0[i], y.1[i])) as i8;
    }
}

/// Indices that are sorted, or merged, between two looks at `poll`.
const RUN: usize = 1 << 16;

/// The indices that sort one row, equal elements in the order they came.
///
/// # Errors
/// [`Stopped`] when `poll` said so; `out` is then in no order.
///
/// # Panics
/// Where the planes differ in length.
pub fn argsort<T: Width>(out: &mut [i64], a: &[T], b: &[T], poll: &dyn Fn() -> bool) -> Result<(), Stopped> {
    assert!([a.len(), b.len()] == [out.len(); 2], "argsort: planes of one length");
    for (out, i) in out.iter_mut().zip(0..) {
        *out = i;
    }
    let at = |i: i64| {
        let i = usize::try_from(i).expect("an index of this row");
        (a[i], b[i])
    };
    let order = |i: i64, j: i64| compare(at(i), at(j));
    if out.len() <= RUN {
        out.sort_by(|&i, &j| order(i, j));
        return Ok(());
    }
    for run in out.chunks_mut(RUN) {
        go_on(poll)?;
        run.sort_by(|&i, &j| order(i, j));
    }
    let (mut width, mut source) = (RUN, vec![0; out.len()]);
    while width < out.len() {
        source.copy_from_slice(out);
        for (from, to) in source.chunks(2 * width).zip(out.chunks_mut(2 * width)) {
            let (mut left, mut right) = from.split_at(width.min(from.len()));
            for part in to.chunks_mut(RUN) {
                go_on(poll)?;
                for slot in part {
                    // of equals the left one, which came first
                    let side = match (left.first(), right.first()) {
                        (Some(&i), Some(&j)) if order(i, j) == Ordering::Greater => &mut right,
                        (None, _) => &mut right,
                        _ => &mut left,
                    };
                    (*slot, *side) = (side[0], &side[1..]);
                }
            }
        }
        width *= 2;
    }
    Ok(())
}

fn go_on(poll: &dyn Fn() -> bool) -> Result<(), Stopped> {
    if poll() { Err(Stopped) } else { Ok(()) }
}

/// The index of the first largest element of a row that is not empty.
///
/// # Panics
/// Where the row is empty, or the planes differ in length.
#[must_use]
pub fn argmax<T: Width>(a: &[T], b: &[T]) -> i64 {
    assert!(!a.is_empty() && a.len() == b.len(), "argmax: planes of one length that is not zero");
    let best = (1..a.len())
        .fold(0, |best, i| if compare((a[i], b[i]), (a[best], b[best])) == Ordering::Greater { i } else { best });
    i64::try_from(best).expect("an index of this row")
}
