//! The nearest golden integer `a + b phi` with `|b| <= bound`, of a binary fraction: exact, at any size.

use crate::scalar::Golden;
use dashu_int::{IBig, UBig};
use std::cmp::Ordering;

/// A step from one of the numbers `c phi mod 1`, `0 <= c <= limit`, to the next larger one: `a + c phi`, and what is left
/// of `c`.
#[derive(Clone, Copy)]
pub struct Step {
    pub a: i128,
    pub c: i128,
}

/// The steps of all points for one limit. Three gaps: `F(n) phi = F(n + 1) - (-phi)^-n` moves a little up where n is odd and
/// down where it is even. With the two largest Fibonacci numbers up to `limit`, `up` and `down`, the next point is `up`
/// further, or `down` back, or both where neither index exists; `up + down > limit` leaves one choice.
#[derive(Clone, Copy)]
pub struct Gaps {
    limit: i128,
    up: Step,
    down: Step,
}

impl Gaps {
    /// The gaps for growing limits: 0, then each Fibonacci number below `limit`, then `limit`. A point's next one at one
    /// limit has at most one more point before it at the next.
    pub fn up_to(limit: i128) -> impl Iterator<Item = Self> {
        let (mut small, mut large, mut odd, mut last) = (1_i128, 1_i128, true, false);
        let whole = Step { a: 1, c: 0 };
        let first = Self { limit: 0, up: whole, down: whole };
        std::iter::once(first).chain(std::iter::from_fn(move || {
            if last || limit == 0 {
                return None;
            }
            // F(n) = small, F(n + 1) = large; `odd` is whether n is
            let sum = small + large;
            let (lower, upper) = (Step { a: -large, c: small }, Step { a: -sum, c: large });
            let back = |step: Step| Step { a: -step.a, c: -step.c };
            let (up, down) = if odd { (lower, back(upper)) } else { (upper, back(lower)) };
            last = sum > limit;
            let gaps = Self { limit: if last { limit } else { sum - 1 }, up, down };
            (small, large, odd) = (large, sum, !odd);
            Some(gaps)
        }))
    }

    /// From the point `c` to the next; past the last one lies the first, one larger.
    #[inline]
    pub fn step(&self, c: i128) -> Step {
        if c + self.up.c <= self.limit {
            self.up
        } else if c + self.down.c >= 0 {
            self.down
        } else {
            Step { a: self.up.a + self.down.a, c: self.up.c + self.down.c }
        }
    }
}

/// The golden integer `a + b phi` with `|b| <= bound` nearest to `numerator / 2^bits`; of two that are equally near the
/// one with the smaller b.
///
/// # Panics
/// Where `bound` is beyond the largest i64.
#[must_use]
pub fn nearest(numerator: &IBig, bits: usize, bound: u64) -> (IBig, i64) {
    let shift = i128::from(i64::try_from(bound).expect("a bound of b that fits 64 bits"));
    // with c = b + bound the points are c phi mod 1 for 0 <= c <= 2 bound; rest = x + bound phi - (a + c phi)
    let target = Golden::integral(numerator.clone(), IBig::from(shift) << bits);
    let mut a = target.floor_scaled(&UBig::ONE, &(UBig::ONE << bits));
    let mut c = 0_i128;
    let gap = |step: Step| Golden::integral(IBig::from(step.a) << bits, IBig::from(step.c) << bits);
    let mut rest = &target - &Golden::integral(a.clone() << bits, IBig::ZERO);
    let mut over = rest.clone();
    let mut next = Step { a: 0, c: 0 };
    for gaps in Gaps::up_to(2 * shift) {
        loop {
            next = gaps.step(c);
            over = &rest - &gap(next);
            if over.sign() < 0 {
                break;
            }
            rest = over;
            a += next.a;
            c += next.c;
        }
    }
    // rest >= 0 > over: the points below and above
    let upper = match (&rest + &over).sign().cmp(&0) {
        Ordering::Greater => true,
        Ordering::Equal => next.c < 0,
        Ordering::Less => false,
    };
    if upper {
        a += next.a;
        c += next.c;
    }
    (a, i64::try_from(c - shift).expect("at most the bound"))
}
