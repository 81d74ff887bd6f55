//! The way back: each step is computed once more from the state before it, then its unfolds are walked in reverse.
//!
//! With `a = h / (c + h d)`, the new value `v' = v + h u` has the derivatives `a` by the current `n`, `-a v'` by the
//! conductance `d`, `c / (c + h d)` by `v`, `-a u` by `c` and `u c / (c + h d)` by `h`. So if `g` is the gradient of `v'`, then
//! `G = a g` is that of `n`, and a synapse that is open by `o` has
//!
//! ```text
//! m = o G (E - v')        its share of the gradient of w
//! p = m (1 - o)           times w: of the logistic function's argument s (u - mu)
//! ```
//!
//! Four sums for each synapse over rows, steps and unfolds (of `o G`, `m`, `p`, `p u`) give the gradients of its four
//! parameters at the end.

// Longer than 400 lines: the way back of a step, from its end to its beginning, is read in one piece.

use super::lines::{Lines, add, get, get_unchecked, into_lanes, into_rows, put};
use super::model::{Model, Pack, Parameters, Sequences};
use super::step::{hold, moved};
use crate::lanes::{Kernel, Lanes, MOST, Real, at};
use simd::Level;
use std::ops::Range;

/// A block of rows on its way back.
pub(crate) struct Block<'a, T> {
    pub rows: Range<usize>,
    /// The state before each step, in lines.
    pub trail: &'a [T],
    /// Its rows of the gradients of outputs and last state, where there are any.
    pub dy: Option<&'a [T]>,
    pub outputs: usize,
    pub dlast: Option<&'a [T]>,
    /// Its rows of what is wanted.
    pub dx: &'a mut [T],
    pub dinitial: &'a mut [T],
    pub delapsed: &'a mut [T],
    /// The gradient of the state so far.
    pub state: Lines<T>,
    /// Sums over its rows, see [`Sums`].
    pub sums: Sums,
}

/// Per neuron: of `-G u`, of `G`, of `-G v'`; per synapse: of `o G`, `m`, `p` and `p u`.
pub(crate) struct Sums {
    pub neurons: Vec<[f64; 3]>,
    pub sensory: Vec<[f64; 4]>,
    pub recurrent: Vec<[f64; 4]>,
}

impl Sums {
    pub(crate) fn new<T: Real>(model: &Model<T>) -> Self {
        let [sensory, recurrent] = model.synapses();
        Self {
            neurons: vec![[0.0; 3]; model.neurons()],
            sensory: vec![[0.0; 4]; sensory],
            recurrent: vec![[0.0; 4]; recurrent],
        }
    }

    /// The sums over the rows of both.
    pub(crate) fn add(&mut self, other: &Self) {
        fn each<const N: usize>(to: &mut [[f64; N]], from: &[[f64; N]]) {
            to.as_flattened_mut().iter_mut().zip(from.as_flattened()).for_each(|(to, from)| *to += from);
        }
        each(&mut self.neurons, &other.neurons);
        each(&mut self.sensory, &other.sensory);
        each(&mut self.recurrent, &other.recurrent);
    }
}

/// Lines that live for one step, and sums that live for all.
struct Scratch<T> {
    h: [T; MOST],
    dh: [T; MOST],
    x: Lines<T>,
    dx: Lines<T>,
    /// A second set for the gradient of the state.
    spare: Lines<T>,
    held: Lines<T>,
    /// The states before the first unfold, after it, and so on.
    v: Lines<T>,
    /// Of each unfold: `u` and the reciprocal, two lines for each neuron.
    moves: Lines<T>,
    /// Of each unfold: how open each synapse is.
    open: Lines<T>,
    open_sensory: Lines<T>,
    /// Of each unfold: `G` and `-G v'`, two lines for each neuron.
    currents: Lines<T>,
    /// The same of all unfolds together.
    shares: Lines<T>,
    neurons: Lines<T>,
    sensory: Lines<T>,
    recurrent: Lines<T>,
}

impl<T: Real> Scratch<T> {
    fn new(model: &Model<T>, lanes: usize) -> Self {
        let (n, k, [sensory, recurrent]) = (model.neurons(), model.unfolds, model.synapses());
        let lines = |count| Lines::new(count * lanes);
        Self {
            h: [T::default(); MOST],
            dh: [T::default(); MOST],
            x: lines(model.inputs),
            dx: lines(model.inputs),
            spare: lines(n),
            held: lines(2 * n),
            v: lines((k + 1) * n),
            moves: lines(2 * k * n),
            open: lines(k * recurrent),
            open_sensory: lines(sensory),
            currents: lines(2 * k * n),
            shares: lines(2 * n),
            neurons: lines(3 * n),
            sensory: lines(4 * sensory),
            recurrent: lines(4 * recurrent),
        }
    }
}

/// Some steps of a block, the last one first.
pub(crate) fn walk<T: Real>(
    (level, lanes, onward): (Level, usize, bool),
    model: &Model<T>,
    sequences: &Sequences<'_, T>,
    block: &mut Block<'_, T>,
    steps: Range<usize>,
) {
    let (n, inputs, width, real) = (model.neurons(), model.inputs, model.neurons() * lanes, block.rows.len());
    let outputs = (sequences.steps * block.outputs, block.outputs);
    let mut s = Scratch::new(model, lanes);
    let mut upstream = Lines::new(block.outputs * lanes);
    let mut through = Lines::new(width);
    if steps.end == sequences.steps {
        block.state = Lines::new(width);
        if let Some(dlast) = block.dlast {
            into_lanes(dlast, (n, 0, n), &mut block.state, lanes);
            clear(&mut block.state, lanes, |lane| lane >= real); // padding adds nothing to any sum
        }
    }
    let first = block.trail.chunks_exact(width).nth(steps.start).unwrap_or(&[]);
    let calm = onward && model.is_calm(first);
    for t in steps.clone().rev() {
        let g = &mut block.state;
        if let Some(dy) = block.dy {
            into_lanes(dy, (outputs.0, t * outputs.1, outputs.1), &mut upstream, lanes);
            clear(&mut upstream, lanes, |lane| lane >= real);
            g.iter_mut().zip(upstream.iter()).for_each(|(g, dy)| *g = T::from_f64(g.to_f64() + dy.to_f64()));
        }
        let tick = sequences.step(model, &block.rows, t, (&mut s.x, lanes));
        if !tick.all {
            through.copy_from_slice(g);
            clear(g, lanes, |lane| !tick.alive[lane]);
        }
        s.v[..width].copy_from_slice(&block.trail[t * width..(t + 1) * width]);
        s.h = tick.h;
        at(level, Again { model, calm, s: &mut s });
        at(level, Unwind { model, g, s: &mut s });
        at(level, Collect { model, s: &mut s });
        into_rows(&s.dx, lanes, block.dx, (sequences.steps * inputs, t * inputs, inputs));
        into_rows(&s.dh, lanes, block.delapsed, (sequences.steps, t, 1));
        for lane in (0..lanes).filter(|&lane| !tick.alive[lane]) {
            g.iter_mut().zip(through.iter()).skip(lane).step_by(lanes).for_each(|(g, kept)| *g = *kept);
        }
    }
    if steps.start == 0 {
        into_rows(&block.state, lanes, block.dinitial, (n, 0, n));
    }
    at(level, Fold { lines: &s.neurons, to: block.sums.neurons.as_flattened_mut() });
    at(level, Fold { lines: &s.sensory, to: block.sums.sensory.as_flattened_mut() });
    at(level, Fold { lines: &s.recurrent, to: block.sums.recurrent.as_flattened_mut() });
}

/// No gradient for some lanes.
fn clear<T: Real>(lines: &mut [T], lanes: usize, which: impl Fn(usize) -> bool) {
    for lane in (0..lanes).filter(|&lane| which(lane)) {
        lines.iter_mut().skip(lane).step_by(lanes).for_each(|x| *x = T::default());
    }
}

/// `to[i] +=` the sum over the lanes of line `i`.
struct Fold<'a, T> {
    lines: &'a [T],
    to: &'a mut [f64],
}

impl<T: Real> Kernel<T> for Fold<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<T = T>>(self) {
        for (i, to) in self.to.iter_mut().enumerate() {
            *to += get::<V>(self.lines, i).sum().to_f64();
        }
    }
}

/// The step forward once more, and everything on its way kept.
struct Again<'a, T> {
    model: &'a Model<T>,
    calm: bool,
    s: &'a mut Scratch<T>,
}

impl<T: Real> Kernel<T> for Again<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<T = T>>(self) {
        if self.calm { self.unfold::<V, true>() } else { self.unfold::<V, false>() }
    }
}

impl<T: Real> Again<'_, T> {
    #[inline(always)]
    fn unfold<V: Lanes<T = T>, const CALM: bool>(self) {
        let Self { model, s, .. } = self;
        let (n, links, h) = (model.neurons(), model.recurrent.links.len(), get::<V>(&s.h, 0));
        hold::<V, true>(model, &s.x, &mut s.held, &mut s.open_sensory);
        for k in 0..model.unfolds {
            let (before, after) = s.v.split_at_mut((k + 1) * n * V::N);
            let before = &before[k * n * V::N..]; // n lines
            let open = &mut s.open[k * links * V::N..(k + 1) * links * V::N];
            let moves = &mut s.moves[2 * k * n * V::N..2 * (k + 1) * n * V::N];
            for j in 0..n {
                // SAFETY: a line for each neuron
                let [v, u, q] = unsafe { moved::<V, CALM, true>(model, j, before, &s.held, h, open) };
                put(after, j, v);
                put(moves, 2 * j, u);
                put(moves, 2 * j + 1, q);
            }
        }
    }
}

/// The unfolds of a step in reverse: from the gradient of the state after it to that of the state before it.
struct Unwind<'a, T> {
    model: &'a Model<T>,
    g: &'a mut Lines<T>,
    s: &'a mut Scratch<T>,
}

impl<T: Real> Kernel<T> for Unwind<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<T = T>>(self) {
        let Self { model, g, s } = self;
        let mut dh = V::number(0.0);
        for k in (0..model.unfolds).rev() {
            dh = dh.add(unfold_back::<V>(model, k, g, s));
        }
        put(&mut s.dh, 0, dh.mul(V::number(1.0 / model.unfolds as f64)));
    }
}

/// One unfold in reverse; returns the share of `h`.
#[inline(always)]
fn unfold_back<V: Lanes>(model: &Model<V::T>, k: usize, g: &mut Lines<V::T>, s: &mut Scratch<V::T>) -> V {
    let (n, pack, h) = (model.neurons(), &model.recurrent, get::<V>(&s.h, 0));
    let links = pack.links.len();
    let moves = &s.moves[2 * k * n * V::N..2 * (k + 1) * n * V::N];
    let after = &s.v[(k + 1) * n * V::N..(k + 2) * n * V::N];
    let open = &s.open[k * links * V::N..(k + 1) * links * V::N];
    let currents = &mut s.currents[2 * k * n * V::N..2 * (k + 1) * n * V::N];
    let mut dh = V::number(0.0);
    for j in 0..n {
        let gq = get::<V>(g, j).mul(get(moves, 2 * j + 1));
        let current = gq.mul(h);
        let direct = gq.mul(V::splat(model.capacity[j]));
        dh = direct.fma(get(moves, 2 * j), dh);
        put(&mut s.spare, j, direct);
        put(currents, 2 * j, current);
        put(currents, 2 * j + 1, current.mul(get(after, j)).neg());
    }
    for source in 0..n {
        let mut sum = get::<V>(&s.spare, source);
        for i in pack.from(source) {
            let pull = &pack.pulls[i];
            let target = 2 * pull.target as usize;
            // SAFETY: `open` has a line for each pull, `currents` two for each target
            let [o, current, conductance]: [V; 3] = unsafe {
                [get_unchecked(open, i), get_unchecked(currents, target), get_unchecked(currents, target + 1)]
            };
            let m = o.mul(current.fma(V::splat(pull.reversal), conductance));
            sum = o.fnma(m, m).fma(V::splat(pull.strength), sum);
        }
        put(&mut s.spare, source, sum);
    }
    std::mem::swap(g, &mut s.spare);
    dh
}

/// What the unfolds of a step add to the sums.
struct Collect<'a, T> {
    model: &'a Model<T>,
    s: &'a mut Scratch<T>,
}

impl<T: Real> Kernel<T> for Collect<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<T = T>>(self) {
        collect_neurons::<V>(self.model, self.s);
        collect_recurrent::<V>(self.model, self.s);
        collect_sensory::<V>(self.model, self.s);
    }
}

/// The sums of the neurons, and what all unfolds together give to the sensory synapses.
#[inline(always)]
fn collect_neurons<V: Lanes>(model: &Model<V::T>, s: &mut Scratch<V::T>) {
    let n = model.neurons();
    for j in 0..n {
        let (mut by_capacity, mut current, mut conductance) = (V::number(0.0), V::number(0.0), V::number(0.0));
        for k in 0..model.unfolds {
            let line = 2 * (k * n + j);
            let g = get::<V>(&s.currents, line);
            by_capacity = g.fnma(get(&s.moves, line), by_capacity);
            current = current.add(g);
            conductance = conductance.add(get(&s.currents, line + 1));
        }
        put(&mut s.shares, 2 * j, current);
        put(&mut s.shares, 2 * j + 1, conductance);
        add(&mut s.neurons, 3 * j, by_capacity);
        add(&mut s.neurons, 3 * j + 1, current);
        add(&mut s.neurons, 3 * j + 2, conductance);
    }
}

/// The four sums of the synapses among neurons, over the unfolds of a step.
#[inline(always)]
fn collect_recurrent<V: Lanes>(model: &Model<V::T>, s: &mut Scratch<V::T>) {
    let (n, pack, unfolds) = (model.neurons(), &model.recurrent, model.unfolds);
    let links = pack.links.len();
    assert!(s.open.len() == unfolds * links * V::N && s.currents.len() == 2 * unfolds * n * V::N);
    assert!(s.v.len() == (unfolds + 1) * n * V::N);
    for source in 0..n {
        for i in pack.from(source) {
            let (target, reversal) = (pack.pulls[i].target as usize, V::splat(pack.pulls[i].reversal));
            let mut a = get::<V>(&s.recurrent, 4 * i);
            let mut w = get::<V>(&s.recurrent, 4 * i + 1);
            let mut z = get::<V>(&s.recurrent, 4 * i + 2);
            let mut zu = get::<V>(&s.recurrent, 4 * i + 3);
            for k in 0..unfolds {
                // SAFETY: `i` is a pull, `source` and `target` are neurons, `k` is an unfold; the lengths stand above
                let [o, current, after, before]: [V; 4] = unsafe {
                    [
                        get_unchecked(&s.open, k * links + i),
                        get_unchecked(&s.currents, 2 * (k * n + target)),
                        get_unchecked(&s.v, (k + 1) * n + target),
                        get_unchecked(&s.v, k * n + source),
                    ]
                };
                let share = o.mul(current);
                let m = share.mul(reversal.sub(after));
                let p = o.fnma(m, m);
                a = a.add(share);
                w = w.add(m);
                z = z.add(p);
                zu = p.fma(before, zu);
            }
            put(&mut s.recurrent, 4 * i, a);
            put(&mut s.recurrent, 4 * i + 1, w);
            put(&mut s.recurrent, 4 * i + 2, z);
            put(&mut s.recurrent, 4 * i + 3, zu);
        }
    }
}

/// The four sums of the synapses from inputs, and the gradients of the inputs.
#[inline(always)]
fn collect_sensory<V: Lanes>(model: &Model<V::T>, s: &mut Scratch<V::T>) {
    for source in 0..model.inputs {
        let (x, mut dx) = (get::<V>(&s.x, source), V::number(0.0));
        for i in model.sensory.from(source) {
            let pull = &model.sensory.pulls[i];
            let target = 2 * pull.target as usize;
            let o = get::<V>(&s.open_sensory, i);
            let current = get::<V>(&s.shares, target);
            let m = o.mul(current.fma(V::splat(pull.reversal), get(&s.shares, target + 1)));
            let p = o.fnma(m, m);
            dx = p.fma(V::splat(pull.strength), dx);
            add(&mut s.sensory, 4 * i, o.mul(current));
            add(&mut s.sensory, 4 * i + 1, m);
            add(&mut s.sensory, 4 * i + 2, p);
            let zu = get::<V>(&s.sensory, 4 * i + 3);
            put(&mut s.sensory, 4 * i + 3, p.fma(x, zu));
        }
        put(&mut s.dx, source, dx);
    }
}

/// The gradients of the parameters, from sums over all rows.
pub(crate) fn finish<T: Real>(model: &Model<T>, sums: &Sums, to: &mut Parameters<'_, T>) {
    let number = T::from_f64;
    for (j, &[capacity, current, conductance]) in sums.neurons.iter().enumerate() {
        to.capacity[j] = number(capacity);
        to.leak[j] = number(current * model.rest[j].to_f64() + conductance);
        to.rest[j] = number(current * model.leak[j].to_f64());
    }
    let synapses = |pack: &Pack<T>, sums: &[[f64; 4]], [weight, steepness, midpoint, reversal]: &mut [&mut [T]; 4]| {
        for (pull, &[share, m, p, pu]) in pack.pulls.iter().zip(sums) {
            let i = pull.link as usize;
            let [w, s, mu] = [pack.links[i].weight, pack.steepness[i], pack.midpoint[i]].map(T::to_f64);
            weight[i] = number(m);
            steepness[i] = number(w * (pu - p * mu));
            midpoint[i] = number(-w * p * s);
            reversal[i] = number(w * share);
        }
    };
    synapses(&model.sensory, &sums.sensory, &mut to.sensory);
    synapses(&model.recurrent, &sums.recurrent, &mut to.recurrent);
}
