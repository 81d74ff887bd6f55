//! One step of one block of rows: the arithmetic that the way forward, the way back and the control loop share.

use super::lines::{get, get_unchecked, put};
use super::logistic::logistic;
use super::model::{Model, Pack};
use crate::lanes::Lanes;

/// What the logistic function of a synapse is taken of, see [`super::model::Link`].
#[inline(always)]
pub(crate) fn steep<V: Lanes, const SENSORY: bool>(u: V, slope: V, shift: V) -> V {
    if SENSORY { u.sub(shift).mul(slope) } else { u.fma(slope, shift) }
}

/// Add what the synapses of neuron `j` carry to its current and its conductance `(n, d)`. With `KEEP`, each value of the
/// logistic function stays in `kept`, in the order of the pulls.
///
/// # Safety
/// `from` has a line for each source of `pack`.
#[inline(always)]
pub(crate) unsafe fn gather<V: Lanes, const SENSORY: bool, const CALM: bool, const KEEP: bool>(
    pack: &Pack<V::T>,
    j: usize,
    from: &[V::T],
    (mut n, mut d): (V, V),
    kept: &mut [V::T],
) -> (V, V) {
    for link in &pack.links[pack.of(j)] {
        // SAFETY: the caller's promise, and `Pack::new` has checked every source
        let u: V = unsafe { get_unchecked(from, link.source as usize) };
        let open = logistic::<V, CALM>(steep::<V, SENSORY>(u, V::splat(link.slope), V::splat(link.shift)));
        n = open.fma(V::splat(link.drive), n);
        d = open.fma(V::splat(link.weight), d);
        if KEEP {
            put(kept, link.pull as usize, open);
        }
    }
    (n, d)
}

/// What does not change during a step: leak and sensory synapses, as a line of currents and one of conductances for each
/// neuron.
#[inline(always)]
pub(crate) fn hold<V: Lanes, const KEEP: bool>(model: &Model<V::T>, x: &[V::T], held: &mut [V::T], kept: &mut [V::T]) {
    assert_eq!(x.len(), model.inputs * V::N);
    for j in 0..model.neurons() {
        let [current, conductance, _] = model.own(j);
        let own = (V::splat(current), V::splat(conductance));
        // an input may be as large as it likes
        // SAFETY: a line for each input
        let (n, d) = unsafe { gather::<V, true, false, KEEP>(&model.sensory, j, x, own, kept) };
        put(held, 2 * j, n);
        put(held, 2 * j + 1, d);
    }
}

/// What becomes of neuron `j` in one unfold: its new value `v + h u` with `u = (n - d v) / (c + h d)`, then `u`, and the
/// reciprocal.
///
/// # Safety
/// `v` has a line for each neuron.
#[inline(always)]
pub(crate) unsafe fn moved<V: Lanes, const CALM: bool, const KEEP: bool>(
    model: &Model<V::T>,
    j: usize,
    v: &[V::T],
    held: &[V::T],
    h: V,
    kept: &mut [V::T],
) -> [V; 3] {
    let own = (get::<V>(held, 2 * j), get::<V>(held, 2 * j + 1));
    // SAFETY: the caller's promise
    let (n, d) = unsafe { gather::<V, false, CALM, KEEP>(&model.recurrent, j, v, own, kept) };
    let old = get::<V>(v, j);
    let q = inverse(h.fma(d, V::splat(model.capacity[j])));
    let u = d.fnma(old, n).mul(q);
    [h.fma(u, old), u, q]
}

/// `1 / x`, within 2 ulp.
#[inline(always)]
pub(crate) fn inverse<V: Lanes>(x: V) -> V {
    if size_of::<V::T>() == size_of::<f32>() { x.reciprocal() } else { V::number(1.0).div(x) }
}
