//! The way forward: blocks of rows, each through the whole sequence.

use super::elementwise::{Memory, Mix, activate};
use super::panel::{load, repeat, transpose};
use super::plan::{Block, Clock, Layout, Matrices};
use super::product::{Packed, Registers};
use super::stepper::Stepper;
use super::{Activation, Cell, Dt, Mode, Sequence, Shape, State};
use crate::lanes::{Real, at};
use simd::Level;
use std::sync::{Mutex, PoisonError};
use threads::{Stopped, each_index};

/// Steps between two looks at whether to stop.
pub(super) const STOP_EVERY: usize = 16;

/// Rows that go one by one, as single steps do, where no trail is kept: a block of them would be mostly empty.
const FEW_ROWS: usize = 4;

/// What the forward pass writes.
pub struct Out<'a, T> {
    /// `(B, T, U)`
    pub y: Option<&'a mut [T]>,
    /// `(B, U)`
    pub last: Option<State<&'a mut [T]>>,
}

/// What the backward pass needs from the forward pass, besides its arguments.
pub struct Trail<T> {
    pub(super) shape: Shape,
    pub(super) layout: Layout,
    pub(super) level: Level,
    /// For each block of rows: step after step, as the layout says.
    pub(super) blocks: Vec<Vec<T>>,
}

impl<T: Real> Trail<T> {
    /// Was it left by such a cell on a sequence of this shape?
    #[must_use]
    pub fn fits(&self, cell: &Cell<'_, T>, shape: Shape) -> bool {
        self.shape == shape && self.layout == Layout::new(cell, shape)
    }

    /// The memory that it holds.
    #[must_use]
    pub fn nbytes(&self) -> usize {
        self.blocks.iter().map(|block| size_of_val(&block[..])).sum()
    }
}

struct Plan<T> {
    level: Level,
    mode: Mode,
    activation: Activation,
    split_time: bool,
    layout: Layout,
    lstm: Option<Packed<T>>,
    layers: Vec<Packed<T>>,
    heads: Packed<T>,
}

/// The rows of one block: where they are, and what is theirs to write.
struct Job<'a, T> {
    at: Block,
    y: Option<&'a mut [T]>,
    last: Option<State<&'a mut [T]>>,
    trail: Option<&'a mut Vec<T>>,
}

/// All steps of a sequence. With `keep`, what [`super::backward()`] needs is kept.
///
/// # Errors
/// [`Stopped`] when `stop` said so; the outputs are then partly written.
///
/// # Panics
/// Where a length does not fit the shape.
pub fn forward<T: Real>(
    level: Level,
    cell: &Cell<'_, T>,
    sequence: &Sequence<'_, T>,
    out: Out<'_, T>,
    keep: bool,
    threads: usize,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Trail<T>>, Stopped> {
    sequence.check();
    let shape = sequence.shape;
    let matrices = Matrices::new(cell, shape, sequence.dt);
    assert!(matrices.lstm.is_some() == sequence.state.c.is_some(), "cfc: cell state");
    let Out { y, last } = &out;
    assert!(y.as_ref().is_none_or(|y| y.len() == shape.batch * shape.steps * shape.units), "cfc: y");
    assert!(last.as_ref().is_none_or(|last| last.h.len() == shape.batch * shape.units), "cfc: last");
    if shape.batch <= FEW_ROWS && !keep {
        let stepper = Stepper::of(level, cell, shape, matrices);
        return by_rows(&stepper, sequence, out, stop).map(|()| None);
    }
    let Matrices { lstm, layers, heads, split_time } = matrices;
    let registers = Registers::of::<T>(level);
    let plan = Plan {
        level,
        mode: cell.mode,
        activation: cell.activation,
        split_time,
        layout: Layout::new(cell, shape),
        lstm: lstm.map(|m| Packed::new(&m, registers)),
        layers: layers.iter().map(|m| Packed::new(m, registers)).collect(),
        heads: Packed::new(&heads, registers),
    };
    let blocks = Block::blocks(shape.batch, registers.lanes);
    let length = |at: &Block| if keep { plan.layout.len * at.rows * shape.steps } else { 0 };
    let mut kept: Vec<Vec<T>> = blocks.iter().map(|at| Vec::with_capacity(length(at))).collect();

    let Out { mut y, last } = out;
    let (mut last_h, mut last_c) = last.map_or((None, None), |last| (Some(last.h), last.c));
    let jobs: Vec<_> = blocks
        .iter()
        .zip(&mut kept)
        .map(|(&at, kept)| {
            let rows = at.count * shape.units;
            let h = take(&mut last_h, rows);
            let c = take(&mut last_c, rows);
            let last = h.map(|h| State { h, c });
            Mutex::new(Job { at, y: take(&mut y, rows * shape.steps), last, trail: keep.then_some(kept) })
        })
        .collect();
    let stopped = Mutex::new(Ok(()));
    each_index(jobs.len(), threads, &|| stop(), |index| {
        let mut job = jobs[index].lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(stop) = run(&plan, cell, sequence, &mut job, stop) {
            *stopped.lock().unwrap_or_else(PoisonError::into_inner) = Err(stop);
        }
    })?;
    drop(jobs);
    stopped.into_inner().unwrap_or_else(PoisonError::into_inner)?;
    let layout = plan.layout;
    Ok(keep.then_some(Trail { shape, layout, level, blocks: kept }))
}

/// The rows one after the other, each through all steps.
fn by_rows<T: Real>(
    stepper: &Stepper<T>,
    sequence: &Sequence<'_, T>,
    mut out: Out<'_, T>,
    stop: &dyn Fn() -> bool,
) -> Result<(), Stopped> {
    let Shape { batch, steps, inputs, units } = sequence.shape;
    let mut scratch = stepper.scratch();
    for row in 0..batch {
        let mine = row * units..(row + 1) * units;
        let mut h = sequence.state.h[mine.clone()].to_vec();
        let mut c = sequence.state.c.map(|c| c[mine.clone()].to_vec());
        let (mut next_h, mut next_c) = (h.clone(), c.clone());
        for (t, at) in (row * steps..(row + 1) * steps).enumerate() {
            if t % STOP_EVERY == 0 && stop() {
                return Err(Stopped);
            }
            if sequence.mask.is_none_or(|mask| mask[at] != 0) {
                let dt = match sequence.dt {
                    Dt::One(dt) => dt,
                    Dt::PerStep(dt) => dt[t],
                    Dt::PerRow(dt) => dt[at],
                };
                let (state, to) =
                    (State { h: &h[..], c: c.as_deref() }, State { h: &mut next_h[..], c: next_c.as_deref_mut() });
                stepper.step_in(&mut scratch, &sequence.x[at * inputs..][..inputs], state, dt, to);
                (h, next_h) = (next_h, h);
                (c, next_c) = (next_c, c);
            }
            if let Some(y) = &mut out.y {
                y[at * units..][..units].copy_from_slice(&h);
            }
        }
        if let Some(last) = &mut out.last {
            last.h[mine.clone()].copy_from_slice(&h);
            if let (Some(to), Some(c)) = (&mut last.c, &c) {
                to[mine].copy_from_slice(c);
            }
        }
    }
    Ok(())
}

/// The next `len` numbers, where there are any.
pub(super) fn take<'a, T>(rest: &mut Option<&'a mut [T]>, len: usize) -> Option<&'a mut [T]> {
    rest.take().map(|all| {
        let (mine, later) = all.split_at_mut(len);
        *rest = Some(later);
        mine
    })
}

/// One block through all steps.
fn run<T: Real>(
    plan: &Plan<T>,
    cell: &Cell<'_, T>,
    sequence: &Sequence<'_, T>,
    job: &mut Job<'_, T>,
    stop: &dyn Fn() -> bool,
) -> Result<(), Stopped> {
    let (Shape { steps, units, .. }, at) = (sequence.shape, job.at);
    let mut h = vec![T::default(); units * at.rows];
    let mut c = vec![T::default(); plan.lstm.as_ref().map_or(0, |_| units * at.rows)];
    load(&sequence.state.h[at.first * units..], units, (at.count, units), &mut h, at.rows);
    if let Some(from) = sequence.state.c {
        load(&from[at.first * units..], units, (at.count, units), &mut c, at.rows);
    }
    let vectors = cell.weights.vectors.unwrap_or_default().map(|v| repeat(v, at.rows));
    let mut heads = vec![T::default(); plan.heads.padded() * at.rows];
    let mut clock = Clock::new(sequence, at);
    let stride = plan.layout.len * at.rows;
    let mut scratch = vec![T::default(); if job.trail.is_some() { 0 } else { stride }];
    for t in 0..steps {
        if t % STOP_EVERY == 0 && stop() {
            return Err(Stopped);
        }
        clock.set(sequence, at, t);
        let place = match &mut job.trail {
            None => &mut scratch[..],
            Some(trail) => {
                trail.resize((t + 1) * stride, T::default()); // one step at a time: in the cache when it is written
                &mut trail[t * stride..]
            }
        };
        one_step(plan, sequence, (at, t), &clock, place, (&mut h, &mut c), &mut heads, &vectors);
        if let Some(y) = &mut job.y {
            transpose((&h, at.rows), (&mut y[t * units..], steps * units), units, at.count);
        }
    }
    if let Some(last) = &mut job.last {
        transpose((&h, at.rows), (last.h, units), units, at.count);
        if let Some(to) = &mut last.c {
            transpose((&c, at.rows), (to, units), units, at.count);
        }
    }
    Ok(())
}

#[allow(clippy::too_many_arguments)] // the memory of a block, each under its own name
fn one_step<T: Real>(
    plan: &Plan<T>,
    sequence: &Sequence<'_, T>,
    (at_rows, t): (Block, usize),
    clock: &Clock<T>,
    step: &mut [T],
    (h, c): (&mut [T], &mut [T]),
    heads: &mut [T],
    vectors: &[Vec<T>; 2],
) {
    let Shape { steps, inputs, units, .. } = sequence.shape;
    let Block { first, count, rows } = at_rows;
    let (layout, level) = (&plan.layout, plan.level);
    let from = &sequence.x[(first * steps + t) * inputs..];

    // [x; h]: of the memory cell where there is one
    let input = layout.memory.map_or(layout.input, |memory| memory.input) * rows;
    let (x, state) = step[input..][..(inputs + units) * rows].split_at_mut(inputs * rows);
    load(from, steps * inputs, (count, inputs), x, rows);
    state.copy_from_slice(h);
    if let Some(mask) = clock.mask() {
        for (row, _) in mask.iter().enumerate().filter(|(_, kept)| **kept == T::default()) {
            x.iter_mut().skip(row).step_by(rows).for_each(|x| *x = T::default()); // a nan would spoil the gradients
        }
    }
    if let (Some(memory), Some(lstm)) = (layout.memory, &plan.lstm) {
        let (before, after) = step.split_at_mut(memory.gates * rows);
        lstm.apply(level, &before[memory.input * rows..], after, rows);
        let (gates, after) = after.split_at_mut((memory.before - memory.gates) * rows);
        let (old, after) = after.split_at_mut((memory.squashed - memory.before) * rows);
        let (squashed, after) = after.split_at_mut((layout.input - memory.squashed) * rows);
        let (x, out) = after[..(inputs + units) * rows].split_at_mut(inputs * rows);
        x.copy_from_slice(&before[memory.input * rows..][..inputs * rows]);
        let len = units * rows;
        let (gates, before, squashed) = (&mut gates[..4 * len], &mut old[..len], &mut squashed[..len]);
        at(level, Memory { mask: clock.mask(), gates, before, squashed, cell: c, out });
    }
    let mut input = layout.input;
    for (packed, layer) in plan.layers.iter().zip(&layout.layers) {
        let (before, after) = step.split_at_mut(layer.argument.unwrap_or(layer.value) * rows);
        packed.apply(level, &before[input * rows..], after, rows);
        let len = layer.width * rows;
        match layer.argument {
            None => activate(level, plan.activation, None, &mut after[..len]),
            Some(argument) => {
                let (arguments, values) = after.split_at_mut((layer.value - argument) * rows);
                activate(level, plan.activation, Some(&arguments[..len]), &mut values[..len]);
            }
        }
        input = layer.value;
    }
    let (before, kept) = step.split_at_mut(layout.kept * rows);
    plan.heads.apply(level, &before[input * rows..], heads, rows);
    let len = units * rows;
    let (k0, rest) = kept.split_at_mut(len);
    let (k1, rest) = rest.split_at_mut(len);
    at(
        level,
        Mix {
            mode: plan.mode,
            heads: &heads[..plan.heads.outputs * rows],
            split_time: plan.split_time,
            dt: &clock.dt,
            mask: clock.mask(),
            before: &before[(layout.input + inputs) * rows..][..len],
            vectors: vectors.each_ref().map(|v| &v[..]),
            kept: [k0, k1, &mut rest[..len]],
            state: h,
        },
    );
}
