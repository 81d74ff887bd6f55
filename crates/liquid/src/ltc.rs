//! Liquid time-constant networks: `capacity dv/dt = leak (rest - v) + sum_i g_i (E_i - v)`, with synapses
//! `g = w sigmoid(s (u - mu))` from inputs and neurons, solved by `unfolds` semi-implicit steps of `h = dt / unfolds`:
//!
//! ```text
//! v += h (n - d v) / (capacity + h d)       n = leak rest + sum g E,   d = leak + epsilon + sum g
//! ```
//!
//! The lanes of a register hold the rows of a batch. A block is as many rows as there are lanes; it runs the whole
//! sequence on one thread, with sums of its own for the gradients of the parameters, which are added in the order of the
//! blocks. So no result depends on the number of threads, and no row on the rows beside it.

// synapses are counted in 32 bits as Python counts them, and numbers of unfolds are floats
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]
#![allow(clippy::many_single_char_names, clippy::similar_names)] // the letters are those of the equations
mod backward;
mod forward;
mod lines;
mod logistic;
mod model;
#[cfg(test)]
mod reference;
mod step;
mod stepper;
#[cfg(test)]
mod tests;

use crate::lanes::{Real, at};
use backward::{Sums, finish};
use lines::{Lines, Width};

pub use model::{Model, Neurons, Parameters, Sequences, Synapses};
use simd::Level;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
pub use stepper::Stepper;
use threads::{Stopped, each_index};

/// Registers of work after which a block is put down, so that a signal is answered: a few milliseconds.
const PIECE: usize = if cfg!(test) { 1 << 9 } else { 1 << 20 }; // tests cross the seams too

const POLL_EVERY: Duration = Duration::from_millis(50);

/// Why an output is long enough for its blocks.
const CHECKED: &str = "the length is checked above";

/// What the way back needs of the way forward: the state before each step.
pub struct Trail<T> {
    level: Level,
    blocks: Vec<Vec<T>>,
}

impl<T: Real> Trail<T> {
    /// Whether it is of such sequences.
    #[must_use]
    pub fn fits(&self, model: &Model<T>, sequences: &Sequences<'_, T>) -> bool {
        let width = at::<T, _>(self.level, Width);
        let len = sequences.steps * model.neurons() * width;
        self.blocks.len() == sequences.rows.div_ceil(width) && self.blocks.iter().all(|block| block.len() == len)
    }

    /// Its size in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.blocks.iter().map(|block| block.len() * size_of::<T>()).sum()
    }
}

/// How to run.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The registers.
    pub level: Level,
    /// As in [`threads::each_index`].
    pub threads: usize,
    /// As in [`threads::each_index`].
    pub poll: &'a dyn Fn() -> bool,
}

/// The rows of each block.
fn blocks(width: usize, rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows.div_ceil(width)).map(move |i| i * width..rows.min((i + 1) * width))
}

/// Steps that a block takes at once, from the first to the last.
fn pieces<T: Real>(model: &Model<T>, steps: usize) -> Vec<Range<usize>> {
    let len = (PIECE / model.work()).max(1);
    let count = steps.div_ceil(len).max(1); // without steps too, the state goes from the initial to the last
    (0..count).map(|i| i * len..steps.min((i + 1) * len)).collect()
}

/// `work` on every block, piece after piece of the sequence.
fn each_block<B: Send>(
    blocks: Vec<B>,
    pieces: impl Iterator<Item = Range<usize>>,
    run: Run<'_>,
    work: impl Fn(&mut B, Range<usize>) + Sync,
) -> Result<Vec<B>, Stopped> {
    let blocks: Vec<_> = blocks.into_iter().map(Mutex::new).collect();
    let mut polled = Instant::now();
    for steps in pieces {
        // `each_index` asks only when it takes long itself
        if polled.elapsed() >= POLL_EVERY {
            if (run.poll)() {
                return Err(Stopped);
            }
            polled = Instant::now();
        }
        each_index(blocks.len(), run.threads, run.poll, |i| {
            work(&mut blocks[i].lock().unwrap_or_else(PoisonError::into_inner), steps.clone());
        })?;
    }
    Ok(blocks.into_iter().map(|block| block.into_inner().unwrap_or_else(PoisonError::into_inner)).collect())
}

/// All sequences from their first state to their last: the first neurons at each step into `y` (rows, steps, outputs), the
/// state at the end into `last` (rows, neurons). With `keep`, a trail for [`backward`].
///
/// # Errors
/// [`Stopped`] when `poll` said so; the outputs are then unfinished.
///
/// # Panics
/// Where a length does not fit; see [`Sequences::check`].
pub fn forward<T: Real>(
    model: &Model<T>,
    sequences: &Sequences<'_, T>,
    y: Option<(&mut [T], usize)>,
    mut last: &mut [T],
    keep: bool,
    run: Run<'_>,
) -> Result<Option<Trail<T>>, Stopped> {
    let (rows, steps, n) = (sequences.rows, sequences.steps, model.neurons());
    assert_eq!(sequences.check(model), Ok(()), "forward");
    assert_eq!(last.len(), rows * n, "forward: last");
    let (mut y, outputs) = y.map_or((None, 0), |(y, outputs)| (Some(y), outputs));
    if let Some(y) = &y {
        assert!(outputs <= n && y.len() == rows * steps * outputs, "forward: y");
    }
    let (width, onward) = (at::<T, _>(run.level, Width), sequences.goes_onward());
    let work = blocks(width, rows).map(|rows| forward::Block {
        y: y.as_mut().map(|y| y.split_off_mut(..rows.len() * steps * outputs).expect(CHECKED)),
        outputs,
        last: last.split_off_mut(..rows.len() * n).expect(CHECKED),
        trail: Vec::with_capacity(if keep { steps * n * width } else { 0 }),
        state: Lines::new(0),
        rows,
    });
    let done = each_block(work.collect(), pieces(model, steps).into_iter(), run, |block, steps| {
        forward::walk((run.level, width, onward), model, sequences, block, steps, keep);
    })?;
    Ok(keep.then(|| Trail { level: run.level, blocks: done.into_iter().map(|block| block.trail).collect() }))
}

/// What comes from above: the gradients of `y` (rows, steps, outputs), and of `last`.
#[derive(Clone, Copy)]
pub struct Upstream<'a, T> {
    pub y: Option<(&'a [T], usize)>,
    pub last: Option<&'a [T]>,
}

/// Where gradients go, in the shapes of [`Sequences`]; that of `elapsed` is (rows, steps) always.
pub struct Gradients<'a, T> {
    pub x: &'a mut [T],
    pub initial: &'a mut [T],
    pub elapsed: &'a mut [T],
    pub parameters: Parameters<'a, T>,
}

/// The gradients of what [`forward`] computed, with its trail.
///
/// # Errors
/// [`Stopped`] when `poll` said so; the gradients are then unfinished.
///
/// # Panics
/// Where a length does not fit.
pub fn backward<T: Real>(
    model: &Model<T>,
    sequences: &Sequences<'_, T>,
    trail: &Trail<T>,
    upstream: Upstream<'_, T>,
    mut to: Gradients<'_, T>,
    threads: usize,
    poll: &dyn Fn() -> bool,
) -> Result<(), Stopped> {
    let (rows, steps, n) = (sequences.rows, sequences.steps, model.neurons());
    assert_eq!(sequences.check(model), Ok(()), "backward");
    let expected = [sequences.x.len(), rows * n, rows * steps];
    assert_eq!([to.x.len(), to.initial.len(), to.elapsed.len()], expected, "backward: x, initial, elapsed");
    let (dy, outputs) = upstream.y.map_or((None, 0), |(dy, outputs)| (Some(dy), outputs));
    assert!(outputs <= n && dy.is_none_or(|dy| dy.len() == rows * steps * outputs), "backward: y");
    assert!(upstream.last.is_none_or(|last| last.len() == rows * n), "backward: last");
    let (width, onward) = (at::<T, _>(trail.level, Width), sequences.goes_onward());
    assert!(trail.fits(model, sequences), "backward: a trail of other sequences");
    let work = blocks(width, rows).zip(&trail.blocks).map(|(rows, trail)| backward::Block {
        trail,
        dy: dy.map(|dy| &dy[rows.start * steps * outputs..rows.end * steps * outputs]),
        outputs,
        dlast: upstream.last.map(|last| &last[rows.start * n..rows.end * n]),
        dx: to.x.split_off_mut(..rows.len() * steps * model.inputs).expect(CHECKED),
        dinitial: to.initial.split_off_mut(..rows.len() * n).expect(CHECKED),
        delapsed: to.elapsed.split_off_mut(..rows.len() * steps).expect(CHECKED),
        state: Lines::new(0),
        sums: Sums::new(model),
        rows,
    });
    let run = Run { level: trail.level, threads, poll };
    let done = each_block(work.collect(), pieces(model, steps).into_iter().rev(), run, |block, steps| {
        backward::walk((trail.level, width, onward), model, sequences, block, steps);
    })?;
    let mut sums = Sums::new(model);
    for block in &done {
        sums.add(&block.sums);
    }
    finish(model, &sums, &mut to.parameters);
    Ok(())
}
