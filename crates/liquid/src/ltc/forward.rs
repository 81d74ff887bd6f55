//! The way forward: a block of rows through the whole sequence, its state in two sets of lines that change places.

use super::lines::{Lines, get, into_lanes, into_rows, put};
use super::model::{Model, Sequences};
use super::step::{hold, moved};
use crate::lanes::{Kernel, Lanes, Real, at};
use simd::Level;
use std::ops::Range;

/// A block of rows on its way.
pub(crate) struct Block<'a, T> {
    pub rows: Range<usize>,
    /// Its rows of the outputs (rows, steps, outputs), if wanted.
    pub y: Option<&'a mut [T]>,
    pub outputs: usize,
    /// Its rows of the last state.
    pub last: &'a mut [T],
    /// The state before each step, in lines; empty if nobody goes back.
    pub trail: Vec<T>,
    /// The state so far.
    pub state: Lines<T>,
}

/// One step, all its unfolds. A kernel of its own, for a call in its loops would empty the registers of its constants.
struct Advance<'a, T> {
    model: &'a Model<T>,
    calm: bool,
    x: &'a [T],
    h: &'a [T],
    held: &'a mut [T],
    now: &'a mut Lines<T>,
    next: &'a mut Lines<T>,
}

impl<T: Real> Kernel<T> for Advance<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<T = T>>(self) {
        if self.calm { self.unfold::<V, true>() } else { self.unfold::<V, false>() }
    }
}

impl<T: Real> Advance<'_, T> {
    #[inline(always)]
    fn unfold<V: Lanes<T = T>, const CALM: bool>(self) {
        let Self { model, x, held, now, next, .. } = self;
        let h = get::<V>(self.h, 0);
        hold::<V, false>(model, x, held, &mut []);
        assert_eq!([now.len(), next.len()], [model.neurons() * V::N; 2]);
        for _ in 0..model.unfolds {
            for j in 0..model.neurons() {
                // SAFETY: a line for each neuron
                let [v, ..] = unsafe { moved::<V, CALM, false>(model, j, now, held, h, &mut []) };
                put(next, j, v);
            }
            std::mem::swap(now, next);
        }
    }
}

/// Some steps of a block.
pub(crate) fn walk<T: Real>(
    (level, lanes, onward): (Level, usize, bool),
    model: &Model<T>,
    sequences: &Sequences<'_, T>,
    block: &mut Block<'_, T>,
    steps: Range<usize>,
    keep: bool,
) {
    let n = model.neurons();
    if steps.start == 0 {
        block.state = Lines::new(n * lanes);
        let initial = &sequences.initial[block.rows.start * n..block.rows.end * n];
        into_lanes(initial, (n, 0, n), &mut block.state, lanes);
    }
    let calm = onward && model.is_calm(&block.state);
    let [mut x, mut held, mut before, mut next] = [model.inputs, 2 * n, n, n].map(|count| Lines::new(count * lanes));
    let now = &mut block.state;
    for t in steps.clone() {
        let tick = sequences.step(model, &block.rows, t, (&mut x, lanes));
        if keep {
            block.trail.extend_from_slice(now);
        }
        if !tick.all {
            before.copy_from_slice(now);
        }
        at(level, Advance { model, calm, x: &x, h: &tick.h, held: &mut held, now, next: &mut next });
        if !tick.all {
            for lane in (0..lanes).filter(|&lane| !tick.alive[lane]) {
                now.iter_mut().zip(before.iter()).skip(lane).step_by(lanes).for_each(|(now, before)| *now = *before);
            }
        }
        if let Some(y) = &mut block.y {
            into_rows(now, lanes, y, (sequences.steps * block.outputs, t * block.outputs, block.outputs));
        }
    }
    if steps.end == sequences.steps {
        into_rows(now, lanes, block.last, (n, 0, n));
    }
}
