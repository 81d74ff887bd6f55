//! The nearest element `a + b phi`, `|b| <= bound`, to each double; the smaller b where two are equally near.
//!
//! Only the fractional part of x matters: the fractional parts of `b phi` lie on the circle in at most three kinds of gaps
//! (three distances), so equal buckets hold a few of them each. Doubles find the two neighbours and, by a margin that
//! their errors cannot cross, the nearer one; where they cannot tell, integers do.

use crate::scalar::Golden;
use dashu_int::IBig;
use simd::{Kind, Level};

/// The largest bound that a table is made for.
pub const LARGEST: u32 = 1 << 22;

/// Doubles from here on are whole numbers.
const WHOLE: f64 = 4_503_599_627_370_496.0; // 2^52

/// Doubles below this fit 64-bit integers with room for `b phi`.
const ROOM: f64 = 4_611_686_018_427_387_904.0; // 2^62

/// Twice the error of a difference of distances: points and fractions are rounded once each, and so are differences.
const MARGIN: f64 = 1.776_356_839_400_250_5e-15; // 2^-49

/// A double that cannot be snapped into 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// NaN or an infinity, at this index.
    NotFinite(usize),
    /// At this index a number of more than 62 bits before the point.
    TooLarge(usize),
}

impl Trouble {
    /// The index of the double.
    #[must_use]
    pub fn place(self) -> usize {
        match self {
            Self::NotFinite(i) | Self::TooLarge(i) => i,
        }
    }

    /// The same, counted from `first` places before.
    #[must_use]
    pub fn after(self, first: usize) -> Self {
        match self {
            Self::NotFinite(i) => Self::NotFinite(first + i),
            Self::TooLarge(i) => Self::TooLarge(first + i),
        }
    }
}

/// A place on the circle.
#[derive(Clone, Copy, Debug)]
struct Point {
    /// The fractional part of `b phi`, or that plus or minus one at the two ends.
    at: f64,
    /// What to add to the whole part of x for a: `-floor(b phi)`, and a turn at the ends.
    a: i64,
    b: i32,
}

/// All fractional parts for one bound, and where to look for a given one.
#[derive(Clone, Debug)]
pub struct Table {
    points: Vec<Point>,
    /// For each bucket the last point that does not lie behind its beginning.
    starts: Vec<u32>,
    buckets: f64,
}

impl Table {
    /// The table for `|b| <= bound`.
    ///
    /// # Panics
    /// Where the bound is above [`LARGEST`].
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "indices below 2^31, 64-bit parts"
    )]
    #[expect(clippy::cast_sign_loss, reason = "places on the circle")]
    pub fn new(bound: u32) -> Self {
        assert!(bound <= LARGEST, "Table: a bound of at most 2^22");
        let bound = bound.cast_signed();
        let mut points: Vec<(u64, Point)> = (-bound..=bound)
            .map(|b| {
                let turned = turned(b); // its low word is the fractional part
                let (whole, part) = ((turned >> 64) as i64, turned as u64);
                (part, Point { at: part as f64 / 18_446_744_073_709_551_616.0, a: -whole, b })
            })
            .collect();
        points.sort_unstable_by_key(|(part, _)| *part);
        let mut points: Vec<Point> = points.into_iter().map(|(_, point)| point).collect();
        let (first, last) = (points[0], points[points.len() - 1]);
        points.insert(0, Point { at: last.at - 1.0, a: last.a - 1, ..last });
        points.push(Point { at: first.at + 1.0, a: first.a + 1, ..first });
        points.push(Point { at: f64::INFINITY, ..first }); // where the walk ends
        let buckets = (4 * points.len()).next_power_of_two();
        let mut next = 0;
        let starts = (0..=buckets)
            .map(|bucket| {
                let begin = bucket as f64 / buckets as f64;
                while points[next + 1].at <= begin {
                    next += 1;
                }
                next as u32
            })
            .collect();
        Self { points, starts, buckets: buckets as f64 }
    }

    /// The nearest element to a double below 2^52, or None where doubles cannot tell.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place on the circle, and below 2^52"
    )]
    fn quick(&self, x: f64) -> Option<(i64, i64)> {
        let near = x.round_ties_even();
        let rest = x - near; // exact: between -1/2 and 1/2
        let (place, turn) = if rest < 0.0 { (rest + 1.0, 1) } else { (rest, 0) };
        let mut index = self.starts[(place * self.buckets) as usize] as usize;
        while self.points[index + 1].at <= place {
            index += 1;
        }
        let (low, high) = (self.points[index], self.points[index + 1]);
        let difference = (place - low.at) - (high.at - place);
        if difference.abs() <= MARGIN {
            return None;
        }
        let found = if difference < 0.0 { low } else { high };
        Some((near as i64 - turn + found.a, i64::from(found.b)))
    }

    /// The nearest element to a double below 2^52, by integers: of the two neighbours, and those beside them.
    #[cold]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place on the circle, and below 2^52"
    )]
    fn exact(&self, x: f64) -> (i64, i64) {
        let near = x.round_ties_even();
        let rest = x - near;
        let (place, turn) = if rest < 0.0 { (rest + 1.0, 1) } else { (rest, 0) };
        let mut index = self.starts[(place * self.buckets) as usize] as usize;
        while self.points[index + 1].at <= place {
            index += 1;
        }
        let number = dyadic(x);
        let distance = |point: Point| {
            let a = near as i64 - turn + point.a;
            let difference = &Golden::integral(a.into(), point.b.into()) - &number;
            (if difference.sign() < 0 { -&difference } else { difference }, point.b, a)
        };
        let best = self.points[index.saturating_sub(1)..(index + 3).min(self.points.len() - 1)]
            .iter()
            .map(|&point| distance(point))
            .min();
        best.map_or((0, 0), |(_, b, a)| (a, i64::from(b)))
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "below 2^62")]
    fn all(&self, x: &[f64], a: &mut [i64], b: &mut [i64]) -> Result<(u64, u64), Trouble> {
        let mut bounds = (0, 0);
        for (i, ((x, a), b)) in x.iter().zip(a).zip(b).enumerate() {
            (*a, *b) = if x.abs() < WHOLE {
                self.quick(*x).unwrap_or_else(|| self.exact(*x))
            } else if x.abs() < ROOM {
                (*x as i64, 0) // a whole number is its own nearest
            } else if x.is_finite() {
                return Err(Trouble::TooLarge(i));
            } else {
                return Err(Trouble::NotFinite(i));
            };
            bounds = (a.unsigned_abs().max(bounds.0), b.unsigned_abs().max(bounds.1));
        }
        Ok(bounds)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn rounding(&self, x: &[f64], a: &mut [i64], b: &mut [i64]) -> Result<(u64, u64), Trouble> {
        self.all(x, a, b)
    }

    /// `a + b phi` = the nearest element to each x; the largest |a| and |b|.
    ///
    /// # Errors
    /// Where a double is not finite, or has more than 62 bits before the point.
    ///
    /// # Panics
    /// Where the slices differ in length.
    pub fn snap(&self, level: Level, x: &[f64], a: &mut [i64], b: &mut [i64]) -> Result<(u64, u64), Trouble> {
        assert!([a.len(), b.len()] == [x.len(); 2], "snap: one length");
        match level.kind() {
            // SAFETY: only Level::available makes a Level, after asking the CPU
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 | Kind::Avx512 => unsafe { self.rounding(x, a, b) },
            _ => self.all(x, a, b),
        }
    }
}

/// `b phi 2^64`, off by less than one: its whole part is right, because `b phi` is no nearer to a whole number than
/// `1 / (3 |b|)`, and zero is zero.
fn turned(b: i32) -> i128 {
    const PHI: i128 = 128_193_859_814_280_023_944_822_833_248; // floor(phi 2^96)
    (i128::from(b) * PHI) >> 32
}

/// The binary fraction that a finite double is.
///
/// # Panics
/// Where x is not finite.
#[must_use]
pub fn dyadic(x: f64) -> Golden {
    assert!(x.is_finite(), "dyadic: a finite number");
    let (field, exponent) = (x.to_bits() & ((1 << 52) - 1), (x.to_bits() >> 52) & 0x7FF);
    let size = IBig::from(if exponent == 0 { field } else { field | (1 << 52) });
    let exponent = i32::try_from(exponent.max(1)).expect("11 bits") - 1075;
    let numerator = size << usize::try_from(exponent).unwrap_or(0);
    let denominator = IBig::ONE << usize::try_from(-exponent).unwrap_or(0);
    Golden::new(if x < 0.0 { -numerator } else { numerator }, IBig::ZERO, denominator).expect("a power of two")
}

/// The nearest element to x whose conjugate is at most `window` in size: cut and project. The smaller b, then the smaller
/// a, where two are equally near. Takes about `1 / window` steps.
///
/// # Panics
/// Where the window is not positive: then there is but zero.
#[must_use]
pub fn project(x: &Golden, window: &Golden) -> (IBig, IBig) {
    assert!(window.sign() > 0, "project: a positive window");
    let size = |x: Golden| if x.sign() < 0 { -&x } else { x };
    let sqrt5 = Golden::integral((-1).into(), 2.into());
    // z - z' = b sqrt 5 for z = a + b phi: b lies around x / sqrt 5, at most (|z - x| + window) / sqrt 5 away
    let times_sqrt5_fifth = |y: &Golden| &(y * &sqrt5) * &Golden::new(1.into(), 0.into(), 5.into()).expect("five");
    let middle = times_sqrt5_fifth(x).floor();
    let mut best: Option<(Golden, IBig, IBig)> = None;
    for step in 0_i64.. {
        for b in [&middle - IBig::from(step), &middle + IBig::from(step + 1)] {
            let multiple = Golden::integral(IBig::ZERO, b.clone());
            let conj = multiple.conj();
            let (low, high) = (-(window + &conj).floor(), (window - &conj).floor()); // |a + b phi'| <= window
            let down = (x - &multiple).floor();
            for a in [down.clone(), down + IBig::ONE] {
                if low <= high {
                    let a = a.clamp(low.clone(), high.clone());
                    let candidate = (size(&Golden::integral(a.clone(), b.clone()) - x), b.clone(), a);
                    if best.as_ref().is_none_or(|known| candidate < *known) {
                        best = Some(candidate);
                    }
                }
            }
        }
        if let Some((distance, b, a)) = &best {
            let reach = times_sqrt5_fifth(&(distance + window)).floor();
            if IBig::from(step) > reach {
                return (a.clone(), b.clone());
            }
        }
    }
    unreachable!("the elements of a window are relatively dense")
}
