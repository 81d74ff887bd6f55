//! One step at a time for control loops: a row alone cannot fill the lanes, so its neurons do.
//!
//! Neurons are sorted by how many synapses they have, and cut into groups of as many as there are lanes. The synapses of a
//! group stand in slots, one of each neuron; the few that lack one have an empty synapse there. Every neuron adds its
//! synapses in the same order as in `forward`, hence the same bits.

use super::lines::{Lines, Width, get, put};
use super::logistic::logistic;
use super::model::{Model, Pack};
use super::step::{inverse, steep};
use crate::lanes::{Kernel, Lanes, Real, at};
use simd::Level;

/// Slots of one kind of synapses: lines of slope, shift, weight and drive, and the sources.
struct Slots<T> {
    /// Those of group `g` are `ends[g]..ends[g + 1]`.
    ends: Vec<usize>,
    lines: Lines<T>,
    sources: Vec<i32>,
}

impl<T: Real> Slots<T> {
    /// `order` is that of the neurons; a source `s` stands at `place(s)`, and the value at `empty(i)` harms nobody in lane
    /// `i`.
    fn new(
        pack: &Pack<T>,
        order: &[usize],
        lanes: usize,
        place: impl Fn(usize) -> usize,
        empty: impl Fn(usize) -> usize,
    ) -> Self {
        let degrees = |group: &[usize]| group.iter().map(|&j| pack.of(j).len()).max().unwrap_or(0);
        let mut ends = vec![0];
        ends.extend(order.chunks(lanes).scan(0, |end, group| {
            *end += degrees(group);
            Some(*end)
        }));
        let count = ends[ends.len() - 1];
        let mut lines = Lines::new(4 * count * lanes);
        let mut sources = vec![0; count * lanes];
        for (g, pair) in ends.windows(2).enumerate() {
            for (slot, at) in (pair[0]..pair[1]).enumerate() {
                for lane in 0..lanes {
                    let i = g * lanes + lane;
                    let link = order.get(i).and_then(|&j| pack.of(j).nth(slot)).map(|k| pack.links[k]);
                    let source = link.map_or_else(|| empty(i), |link| place(link.source as usize));
                    sources[at * lanes + lane] = source as i32;
                    if let Some(link) = link {
                        for (k, x) in [link.slope, link.shift, link.weight, link.drive].into_iter().enumerate() {
                            lines[(4 * at + k) * lanes + lane] = x;
                        }
                    }
                }
            }
        }
        Self { ends, lines, sources }
    }

    /// What the synapses of group `g` add to `(n, d)`.
    #[inline(always)]
    fn gather<V: Lanes<T = T>, const SENSORY: bool>(&self, g: usize, from: &[T], (mut n, mut d): (V, V)) -> (V, V) {
        for at in self.ends[g]..self.ends[g + 1] {
            let sources = &self.sources[at * V::N..(at + 1) * V::N];
            // SAFETY: N sources; `Stepper` has made `from` long enough for all of them
            let u = unsafe { V::gather(from.as_ptr(), sources.as_ptr()) };
            let z = steep::<V, SENSORY>(u, get(&self.lines, 4 * at), get(&self.lines, 4 * at + 1));
            let open = logistic::<V, false>(z);
            n = open.fma(get(&self.lines, 4 * at + 3), n);
            d = open.fma(get(&self.lines, 4 * at + 2), d);
        }
        (n, d)
    }
}

/// A network in the layout for single rows.
pub struct Stepper<T> {
    level: Level,
    lanes: usize,
    inputs: usize,
    unfolds: usize,
    /// Which neuron stands at each place.
    order: Vec<usize>,
    /// Lines of `leak rest`, `leak + epsilon` and capacity for each group.
    own: Lines<T>,
    sensory: Slots<T>,
    recurrent: Slots<T>,
}

impl<T: Real> Stepper<T> {
    /// A copy of `model` for the registers of `level`.
    #[must_use]
    pub fn new(model: &Model<T>, level: Level) -> Self {
        let lanes = at::<T, _>(level, Width);
        let n = model.neurons();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|&j| std::cmp::Reverse((model.recurrent.of(j).len(), model.sensory.of(j).len())));
        let mut place = vec![0; n];
        order.iter().enumerate().for_each(|(i, &j)| place[j] = i);
        let mut own = Lines::new(3 * n.div_ceil(lanes) * lanes);
        for i in 0..n.next_multiple_of(lanes) {
            let start = 3 * (i - i % lanes) + i % lanes;
            let [current, conductance, capacity] = match order.get(i) {
                Some(&j) => model.own(j),
                None => [0.0, 0.0, 1.0].map(T::from_f64), // a neuron that stays 0
            };
            own[start] = current;
            own[start + lanes] = conductance;
            own[start + 2 * lanes] = capacity;
        }
        Self {
            level,
            lanes,
            inputs: model.inputs,
            unfolds: model.unfolds,
            own,
            // an empty synapse reads a 0 behind the inputs, or its own neuron
            sensory: Slots::new(&model.sensory, &order, lanes, |source| source, |_| model.inputs),
            recurrent: Slots::new(&model.recurrent, &order, lanes, |source| place[source], |i| i),
            order,
        }
    }

    /// How many inputs and neurons.
    #[must_use]
    pub fn sizes(&self) -> [usize; 2] {
        [self.inputs, self.order.len()]
    }

    /// One step of every row: `x` (rows, width) with `width` at least the inputs, `v` and `out` (rows, neurons).
    ///
    /// # Panics
    /// Where a length does not fit.
    pub fn step(&self, x: &[T], width: usize, v: &[T], dt: f64, out: &mut [T]) {
        let n = self.order.len();
        let rows = v.len() / n;
        assert_eq!([v.len(), out.len(), x.len()], [rows * n, rows * n, rows * width], "step: v, out, x");
        assert!(width >= self.inputs, "step: width");
        let padded = n.next_multiple_of(self.lanes);
        let mut inputs = vec![T::default(); self.inputs + 1];
        let [mut now, mut next] = [padded, padded].map(Lines::new);
        let mut held = Lines::new(2 * padded);
        for row in 0..rows {
            inputs[..self.inputs].copy_from_slice(&x[row * width..][..self.inputs]);
            let (v, out) = (&v[row * n..(row + 1) * n], &mut out[row * n..(row + 1) * n]);
            now.iter_mut().zip(&self.order).for_each(|(to, &j)| *to = v[j]);
            let h = T::from_f64(T::from_f64(dt).to_f64() / self.unfolds as f64);
            let (now, next, held) = (&mut now, &mut next, &mut held);
            at(self.level, Step { stepper: self, x: &inputs, h, held, now, next });
            now.iter().zip(&self.order).for_each(|(&v, &j)| out[j] = v);
        }
    }
}

struct Step<'a, T> {
    stepper: &'a Stepper<T>,
    x: &'a [T],
    h: T,
    held: &'a mut [T],
    now: &'a mut Lines<T>,
    next: &'a mut Lines<T>,
}

impl<T: Real> Kernel<T> for Step<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<T = T>>(self) {
        let Self { stepper, x, held, now, next, .. } = self;
        let h = V::splat(self.h);
        let groups = stepper.order.len().div_ceil(V::N);
        for g in 0..groups {
            let own = (get(&stepper.own, 3 * g), get(&stepper.own, 3 * g + 1));
            let (n, d) = stepper.sensory.gather::<V, true>(g, x, own);
            put(held, 2 * g, n);
            put(held, 2 * g + 1, d);
        }
        for _ in 0..stepper.unfolds {
            for g in 0..groups {
                let (n, d) = stepper.recurrent.gather::<V, false>(g, now, (get(held, 2 * g), get(held, 2 * g + 1)));
                let old = get::<V>(now, g);
                let q = inverse(h.fma(d, get(&stepper.own, 3 * g + 2)));
                put(next, g, h.fma(d.fnma(old, n).mul(q), old));
            }
            std::mem::swap(now, next);
        }
    }
}
