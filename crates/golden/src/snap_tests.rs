//! Snapping against every candidate.

use crate::Golden;
use crate::snap::{Table, Trouble, dyadic, project};
use dashu_int::{IBig, UBig};
use proptest::prelude::*;
use simd::Level;

fn size(x: Golden) -> Golden {
    if x.sign() < 0 { -&x } else { x }
}

/// The definition: all b, with the whole numbers around `x - b phi`.
fn brute(x: f64, bound: i64) -> (IBig, IBig) {
    let x = dyadic(x);
    (-bound..=bound)
        .flat_map(|b| {
            let down = (&x - &Golden::integral(IBig::ZERO, b.into())).floor();
            [(b, down.clone()), (b, down + IBig::ONE)]
        })
        .min_by_key(|(b, a)| (size(&Golden::integral(a.clone(), (*b).into()) - &x), *b, a.clone()))
        .map(|(b, a)| (a, b.into()))
        .unwrap()
}

fn snapped(table: &Table, x: &[f64]) -> Vec<(i64, i64)> {
    let mut results = Level::available().into_iter().map(|level| {
        let (mut a, mut b) = (vec![0; x.len()], vec![0; x.len()]);
        let bounds = table.snap(level, x, &mut a, &mut b).unwrap();
        let largest = |plane: &[i64]| plane.iter().map(|x| x.unsigned_abs()).max().unwrap_or(0);
        assert_eq!(bounds, (largest(&a), largest(&b)));
        a.into_iter().zip(b).collect::<Vec<_>>()
    });
    let first = results.next().unwrap();
    assert!(results.all(|other| other == first));
    first
}

proptest! {
    #[test]
    fn snapping_is_the_definition(x in prop_oneof![-4.0..4.0f64, -1e6..1e6f64, any::<f64>().prop_filter("finite", |x| x.abs() < 1e15)], bound in 0u32..30) {
        let found = snapped(&Table::new(bound), &[x])[0];
        prop_assert_eq!((IBig::from(found.0), IBig::from(found.1)), brute(x, bound.into()));
    }

    #[test]
    fn halves_and_elements_themselves_are_snapped_exactly(n in -1000i32..1000, b in -50i64..=50, a in -200i64..200) {
        let table = Table::new(50);
        let half = f64::from(n) / 2.0;
        let found = snapped(&table, &[half])[0];
        prop_assert_eq!((IBig::from(found.0), IBig::from(found.1)), brute(half, 50));
        let own = Golden::integral(a.into(), b.into()).to_f64().unwrap();
        prop_assert_eq!(snapped(&table, &[own])[0], (a, b));
    }

    #[test]
    fn projection_is_the_nearest_of_its_window(x in -50.0..50.0f64, window in 1i64..40) {
        let (number, window) = (dyadic(x), Golden::new(window.into(), 0.into(), 10.into()).unwrap());
        let (a, b) = project(&number, &window);
        let found = Golden::integral(a, b);
        prop_assert!(size(found.conj()) <= window);
        let distance = size(&found - &number);
        for b in -60i64..60 {
            for a in -100i64..100 {
                let other = Golden::integral(a.into(), b.into());
                if size(other.conj()) <= window {
                    prop_assert!(distance <= size(&other - &number));
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_snapped_is_named() {
    let table = Table::new(3);
    let (mut a, mut b) = ([0; 2], [0; 2]);
    let mut snap = |x| table.snap(Level::best(), &[0.5, x], &mut a, &mut b);
    assert_eq!(snap(f64::NAN), Err(Trouble::NotFinite(1)));
    assert_eq!(snap(f64::NEG_INFINITY), Err(Trouble::NotFinite(1)));
    assert_eq!(snap(1e300), Err(Trouble::TooLarge(1)));
    assert!(snap(1e18).is_ok_and(|bounds| bounds.0 == 1_000_000_000_000_000_000));
}

#[test]
fn the_largest_gap_has_the_radius_of_three_distances() {
    for (bound, radius) in [(100, 0.004_065_31), (1000, 3.665_69e-4), (10_000, 3.305_35e-5)] {
        let mut parts: Vec<IBig> = (-bound..=bound)
            .map(|b| {
                let x = Golden::integral(0.into(), b.into());
                x.floor_scaled(&(UBig::ONE << 100), &UBig::ONE) - (x.floor() << 100)
            })
            .collect();
        parts.push(IBig::ONE << 100);
        parts.sort();
        let mut gaps: Vec<IBig> = parts.windows(2).map(|pair| (&pair[1] - &pair[0]) >> 40).collect();
        let half = u64::try_from(gaps.iter().max().unwrap()).unwrap();
        #[expect(clippy::cast_precision_loss, reason = "six digits are compared")]
        let measured = half as f64 / 2.0 / 2f64.powi(60);
        assert!((measured / radius - 1.0).abs() < 1e-5, "{measured} {radius}");
        gaps.sort();
        gaps.dedup_by(|x, y| (&*x - &*y).is_one() || x == y);
        assert!(gaps.len() <= 3, "{gaps:?}");
    }
}
