//! The way back: each block of rows from the last step to the first.
//!
//! The gradients of weights are products over rows and steps. They are summed every few steps, while the numbers are
//! still in the cache; one side is turned over for it, so that inputs lie in the lanes and the other side is broadcast.

// Longer than 400 lines: the way back of a step, from its end to its beginning, is read in one piece.

use super::elementwise::{MemoryBack, MixBack, activate_back, dots, part, row_sums};
use super::forward::{STOP_EVERY, Trail, take};
use super::panel::{load, product, repeat, sum, transpose};
use super::plan::{Block, Clock, Layout, Matrices, head_parts};
use super::product::{Matrix, Outer, Packed, Registers, UNITS, add_to};
use super::{Cell, Sequence, Shape, State, Weights};
use crate::lanes::{Real, at};
use simd::Level;
use std::sync::{Mutex, PoisonError};
use threads::{Stopped, each_index};

/// Steps whose gradients are summed together.
const STEPS: usize = 2;

/// Sums of gradients at most: a large batch gives several blocks of rows to each, so that memory stays bounded.
const MOST_SUMS: usize = 64;

/// The gradients that come, and the places of those that go.
pub struct Grads<'a, T> {
    /// Of the outputs, `(B, T, U)`.
    pub dy: Option<&'a [T]>,
    /// Of the last state.
    pub dlast: Option<State<&'a [T]>>,
    /// Of the input, `(B, T, I)`.
    pub dx: &'a mut [T],
    /// Of the first state.
    pub dstate: State<&'a mut [T]>,
    /// Of the elapsed time, `(B, T)` whatever form it had.
    pub ddt: Option<&'a mut [T]>,
    /// Of the parameters.
    pub dcell: Weights<&'a mut [T]>,
}

/// One product and its gradient.
struct Dense<T> {
    back: Packed<T>,
    inputs: usize,
    outputs: usize,
    /// Where its gradients begin within a step, in units.
    place: usize,
}

struct Plan<'a, T> {
    level: Level,
    registers: Registers,
    cell: &'a Cell<'a, T>,
    split_time: bool,
    layout: &'a Layout,
    /// Backbone, heads, memory.
    dense: Vec<Dense<T>>,
    /// Units of all gradients of a step.
    grads: usize,
    /// From the gradient of the time to what belongs to its first head: for the gradient of `dt`.
    time: Option<(Packed<T>, &'a [T])>,
}

/// What a block adds to.
struct Sums<T> {
    outers: Vec<Outer<T>>,
    biases: Vec<Vec<T>>,
    vectors: [Vec<T>; 2],
}

struct Job<'a, T> {
    at: Block,
    trail: &'a [T],
    dx: &'a mut [T],
    dstate: State<&'a mut [T]>,
    ddt: Option<&'a mut [T]>,
}

impl<'a, T: Real> Plan<'a, T> {
    fn new(
        trail: &'a Trail<T>,
        cell: &'a Cell<'a, T>,
        sequence: &Sequence<'_, T>,
        wants_dt: bool,
    ) -> (Self, Matrices<T>) {
        let matrices = Matrices::new(cell, trail.shape, sequence.dt);
        let registers = Registers::of::<T>(trail.level);
        let mut grads = 0;
        let mut dense = |matrix: &Matrix<T>| {
            let place = grads;
            grads += matrix.outputs.next_multiple_of(UNITS);
            let back = Packed::transposed(matrix, registers);
            Dense { back, inputs: matrix.inputs, outputs: matrix.outputs, place }
        };
        let all = matrices.layers.iter().chain([&matrices.heads]).chain(&matrices.lstm);
        let dense = all.map(&mut dense).collect();
        let time = (wants_dt && !cell.mode.has_vectors()).then(|| {
            let (w, b) = cell.weights.heads[2];
            let matrix = Matrix::beside([(w, b)].into_iter(), matrices.heads.inputs);
            (Packed::transposed(&matrix, registers), b)
        });
        let (layout, split_time) = (&trail.layout, matrices.split_time);
        (Self { level: trail.level, registers, cell, split_time, layout, dense, grads, time }, matrices)
    }

    fn sums(&self, units: usize) -> Sums<T> {
        let zeros = |n: usize| vec![T::default(); n];
        let vectors = if self.cell.mode.has_vectors() { units } else { 0 };
        Sums {
            outers: self.dense.iter().map(|d| Outer::new(d.inputs, d.outputs, self.registers)).collect(),
            biases: self.dense.iter().map(|d| zeros(d.outputs)).collect(),
            vectors: [zeros(vectors), zeros(vectors)],
        }
    }
}

fn add_numbers<T: Real>(sums: &mut [T], terms: &[T]) {
    for (total, &term) in sums.iter_mut().zip(terms) {
        *total = sum(*total, term);
    }
}

/// The gradients of all that [`super::forward()`] has read; every output is overwritten.
///
/// The cell and the sequence are those of the forward pass.
///
/// # Errors
/// [`Stopped`] when `stop` said so; the outputs are then partly written.
///
/// # Panics
/// Where a length does not fit the shape, or the trail not the cell.
pub fn backward<T: Real>(
    trail: &Trail<T>,
    cell: &Cell<'_, T>,
    sequence: &Sequence<'_, T>,
    grads: Grads<'_, T>,
    threads: usize,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<(), Stopped> {
    sequence.check();
    let shape = trail.shape;
    let Shape { batch, steps, inputs, units } = shape;
    assert!(trail.fits(cell, sequence.shape), "cfc: trail");
    let Grads { dy, dlast, dx, dstate, ddt, dcell } = grads;
    assert!(dy.is_none_or(|dy| dy.len() == batch * steps * units), "cfc: dy");
    assert!(dx.len() == batch * steps * inputs && dstate.h.len() == batch * units, "cfc: dx and dstate");
    assert!(ddt.as_ref().is_none_or(|ddt| ddt.len() == batch * steps), "cfc: ddt");
    assert!(dstate.c.is_some() == sequence.state.c.is_some(), "cfc: dstate");
    let (plan, matrices) = Plan::new(trail, cell, sequence, ddt.is_some());

    let blocks = Block::blocks(batch, plan.registers.lanes);
    let (mut dx, mut dh, mut dc, mut ddt) = (Some(dx), Some(dstate.h), dstate.c, ddt);
    let mut jobs: Vec<_> = blocks
        .iter()
        .zip(&trail.blocks)
        .map(|(&at, trail)| Job {
            at,
            trail,
            dx: take(&mut dx, at.count * steps * inputs).unwrap_or_default(),
            dstate: State {
                h: take(&mut dh, at.count * units).unwrap_or_default(),
                c: take(&mut dc, at.count * units),
            },
            ddt: take(&mut ddt, at.count * steps),
        })
        .collect();
    let groups: Vec<_> =
        jobs.chunks_mut(blocks.len().div_ceil(MOST_SUMS).max(1)).map(|g| Mutex::new((g, None))).collect();
    let stopped = Mutex::new(Ok(()));
    each_index(groups.len(), threads, &|| stop(), |index| {
        let mut group = groups[index].lock().unwrap_or_else(PoisonError::into_inner);
        let mut sums = plan.sums(units);
        for job in group.0.iter_mut() {
            if let Err(stop) = run(&plan, sequence, job, (dy, dlast), &mut sums, stop) {
                *stopped.lock().unwrap_or_else(PoisonError::into_inner) = Err(stop);
                return;
            }
        }
        group.1 = Some(sums);
    })?;
    stopped.into_inner().unwrap_or_else(PoisonError::into_inner)?;
    let mut all = groups.into_iter().filter_map(|group| group.into_inner().unwrap_or_else(PoisonError::into_inner).1);
    let mut total = all.next().unwrap_or_else(|| plan.sums(units));
    for sums in all {
        for (total, outer) in total.outers.iter_mut().zip(&sums.outers) {
            total.fold(plan.level, outer);
        }
        let pairs = total.biases.iter_mut().zip(&sums.biases).chain(total.vectors.iter_mut().zip(&sums.vectors));
        pairs.for_each(|(total, terms)| add_numbers(total, terms));
    }
    write(&plan, &matrices, sequence, &total, dcell);
    Ok(())
}

/// From the sums to the gradients of the parameters.
fn write<T: Real>(
    plan: &Plan<'_, T>,
    matrices: &Matrices<T>,
    sequence: &Sequence<'_, T>,
    sums: &Sums<T>,
    dcell: Weights<&mut [T]>,
) {
    let units = sequence.shape.units;
    // rows from, columns from and a factor, into the matrix (or rows of it) and its bias
    let put =
        |which: usize, (row, column, factor): (usize, usize, T), (dw, db): (&mut [T], &mut [T]), columns: usize| {
            for (k, to) in dw.chunks_exact_mut(columns).enumerate() {
                for (m, to) in to.iter_mut().enumerate() {
                    *to = product(factor, sums.outers[which].get(row + k, column + m, plan.registers));
                }
            }
            for (m, to) in db.iter_mut().enumerate() {
                *to = product(factor, sums.biases[which][column + m]);
            }
        };
    let one = T::from_f64(1.0);
    let layers = plan.cell.weights.backbone.len();
    let Weights { backbone, heads, vectors, lstm } = dcell;
    assert!(backbone.len() == layers && heads.len() == plan.cell.weights.heads.len(), "cfc: dcell");
    assert!(vectors.is_some() == plan.cell.mode.has_vectors() && lstm.is_some() == matrices.lstm.is_some());
    for (i, (dw, db)) in backbone.into_iter().enumerate() {
        let columns = plan.dense[i].outputs;
        assert!(db.len() == columns && dw.len() == columns * plan.dense[i].inputs, "cfc: dbackbone");
        put(i, (0, 0, one), (dw, db), columns);
    }
    let parts = head_parts(sequence.dt, heads.len());
    for ((dw, db), (head, factor)) in heads.into_iter().zip(parts) {
        assert!(db.len() == units && dw.len() == units * plan.dense[layers].inputs, "cfc: dheads");
        put(layers, (0, head * units, factor), (dw, db), units);
    }
    for (to, from) in vectors.into_iter().flatten().zip(&sums.vectors) {
        to.copy_from_slice(from);
    }
    if let Some([dwi, dwh, db]) = lstm {
        let inputs = sequence.shape.inputs;
        assert!([dwi.len(), dwh.len(), db.len()] == [inputs, units, 1].map(|k| k * 4 * units), "cfc: dlstm");
        put(layers + 1, (0, 0, one), (dwi, db), 4 * units);
        put(layers + 1, (inputs, 0, one), (dwh, &mut []), 4 * units);
    }
}

/// The memory of a block on its way back.
struct Memories<T> {
    /// Gradients of the outputs of all products, `[step][unit][row]`.
    grads: Vec<T>,
    biases: Vec<T>,
    vectors: [Vec<T>; 2],
    vector_sums: [Vec<T>; 2],
    time_bias: Vec<T>,
    /// Gradients of the state and of what went around the step.
    h: Vec<T>,
    c: Vec<T>,
    past: Vec<T>,
    direct: Vec<T>,
    dt: Vec<T>,
    /// The gradient of what a product has read, and another to change places with.
    inner: Vec<T>,
    outer: Vec<T>,
    columns: Vec<T>,
}

fn run<T: Real>(
    plan: &Plan<'_, T>,
    sequence: &Sequence<'_, T>,
    job: &mut Job<'_, T>,
    (dy, dlast): (Option<&[T]>, Option<State<&[T]>>),
    sums: &mut Sums<T>,
    stop: &dyn Fn() -> bool,
) -> Result<(), Stopped> {
    let (Shape { steps, inputs, units, .. }, block, level) = (sequence.shape, job.at, plan.level);
    let Block { first, count, rows } = block;
    let zeros = |units: usize| vec![T::default(); units * rows];
    let whole = UNITS.max(2 * plan.registers.lanes); // powers of two: of tiles, and of columns
    let widest = plan.dense.iter().map(|dense| dense.inputs.next_multiple_of(whole)).max().unwrap_or(0);
    let vectors = plan.cell.weights.vectors.unwrap_or_default();
    let memory_units = if plan.layout.memory.is_some() { units } else { 0 };
    let mut m = Memories {
        grads: zeros(plan.grads * STEPS),
        biases: zeros(plan.grads),
        vectors: vectors.map(|v| repeat(v, rows)),
        vector_sums: vectors.map(|v| zeros(v.len())),
        time_bias: plan.time.as_ref().map_or(Vec::new(), |(_, bias)| repeat(bias, rows)),
        h: zeros(units),
        c: zeros(memory_units),
        past: zeros(units),
        direct: zeros(units),
        dt: zeros(1),
        inner: zeros(widest),
        outer: zeros(widest),
        columns: zeros(widest * STEPS),
    };
    if let Some(last) = dlast {
        load(&last.h[first * units..], units, (count, units), &mut m.h, rows);
        if let Some(from) = last.c {
            load(&from[first * units..], units, (count, units), &mut m.c, rows);
        }
    }
    let mut clock = Clock::new(sequence, block);
    let stride = plan.layout.len * rows;
    for t in (0..steps).rev() {
        if t % STOP_EVERY == 0 && stop() {
            return Err(Stopped);
        }
        clock.set(sequence, block, t);
        if let Some(dy) = dy {
            load(&dy[(first * steps + t) * units..], steps * units, (count, units), &mut m.past, rows);
            add_to(level, &mut m.h, &m.past);
        }
        let slot = t % STEPS;
        step_back(plan, sequence.shape, &job.trail[t * stride..][..stride], &clock, &mut m, (slot, rows));
        transpose((&m.inner, rows), (&mut job.dx[t * inputs..], steps * inputs), inputs, count);
        if let Some(ddt) = &mut job.ddt {
            for (row, &dt) in m.dt[..count].iter().enumerate() {
                ddt[row * steps + t] = dt;
            }
        }
        if slot == 0 {
            let last = (t + STEPS).min(steps);
            sum_weights(plan, sequence.shape, &job.trail[t * stride..last * stride], &mut m, &mut sums.outers, rows);
        }
    }
    transpose((&m.h, rows), (job.dstate.h, units), units, count);
    if let Some(to) = &mut job.dstate.c {
        transpose((&m.c, rows), (to, units), units, count);
    }
    for (dense, sums) in plan.dense.iter().zip(&mut sums.biases) {
        add_numbers(sums, &row_sums(level, &m.biases[dense.place * rows..][..dense.outputs * rows], rows));
    }
    for (sums, panel) in sums.vectors.iter_mut().zip(&m.vector_sums) {
        add_numbers(sums, &row_sums(level, panel, rows));
    }
    Ok(())
}

/// One step: from the gradient of the new state in `m.h` to that of the old; the input's is left in `m.inner`.
fn step_back<T: Real>(
    plan: &Plan<'_, T>,
    shape: Shape,
    step: &[T],
    clock: &Clock<T>,
    m: &mut Memories<T>,
    (slot, rows): (usize, usize),
) {
    let Shape { inputs, units, .. } = shape;
    let (level, layout, len) = (plan.level, plan.layout, units * rows);
    let panel = |place: usize, width: usize| &step[place * rows..][..width * rows];
    let layers = plan.cell.weights.backbone.len();
    let grads = &mut m.grads[slot * plan.grads * rows..][..plan.grads * rows];

    match clock.mask() {
        Some(mask) => part(level, mask, &mut m.h, &mut m.past),
        None => m.past.fill(T::default()),
    }
    m.direct.fill(T::default());
    m.dt.fill(T::default());
    let heads = &plan.dense[layers];
    let (features, width) = layout.features(shape);
    let kept = panel(layout.kept, 3 * units);
    let [w_sums, a_sums] = &mut m.vector_sums;
    let head_grads = &mut grads[heads.place * rows..][..heads.outputs * rows];
    at(
        level,
        MixBack {
            mode: plan.cell.mode,
            split_time: plan.split_time,
            dt: &clock.dt,
            before: panel(layout.input + inputs, units),
            vectors: m.vectors.each_ref().map(|v| &v[..]),
            kept: [&kept[..len], &kept[len..2 * len], &kept[2 * len..]],
            grads: &m.h,
            heads: head_grads,
            direct: &mut m.direct,
            vector_sums: [w_sums, a_sums],
            dt_sums: &mut m.dt,
        },
    );
    if let Some((back, _)) = &plan.time {
        let time = &head_grads[head_grads.len() - len..];
        back.apply(level, time, &mut m.inner, rows);
        dots(level, &m.inner[..width * rows], panel(features, width), &mut m.dt);
        dots(level, &m.time_bias, time, &mut m.dt);
    }
    heads.back.apply(level, head_grads, &mut m.inner, rows);
    for (dense, layer) in plan.dense[..layers].iter().zip(&layout.layers).rev() {
        let to = &mut grads[dense.place * rows..][..dense.outputs * rows];
        let arguments = layer.argument.map(|place| panel(place, layer.width));
        let values = panel(layer.value, layer.width);
        activate_back(level, plan.cell.activation, (arguments, values), &m.inner[..layer.width * rows], to);
        dense.back.apply(level, to, &mut m.inner, rows);
    }
    // m.inner: the gradient of [x; h], as the CfC has seen them
    add_to(level, &mut m.direct, &m.inner[inputs * rows..][..len]);
    if let (Some(memory), Some(lstm)) = (layout.memory, plan.dense.get(layers + 1)) {
        let to = &mut grads[lstm.place * rows..][..lstm.outputs * rows];
        at(
            level,
            MemoryBack {
                mask: clock.mask(),
                gates: panel(memory.gates, 4 * units),
                before: panel(memory.before, units),
                squashed: panel(memory.squashed, units),
                out: &m.direct,
                cell: &mut m.c,
                arguments: to,
            },
        );
        lstm.back.apply(level, to, &mut m.outer, rows);
        add_to(level, &mut m.inner[..inputs * rows], &m.outer[..inputs * rows]);
        m.direct.copy_from_slice(&m.outer[inputs * rows..][..len]);
    }
    m.h.copy_from_slice(&m.direct);
    add_to(level, &mut m.h, &m.past);
    add_to(level, &mut m.biases, grads);
}

/// Add the gradients of the weights over some steps: `trail` is theirs.
fn sum_weights<T: Real>(
    plan: &Plan<'_, T>,
    shape: Shape,
    trail: &[T],
    m: &mut Memories<T>,
    outers: &mut [Outer<T>],
    rows: usize,
) {
    let (layout, width) = (plan.layout, 2 * plan.registers.lanes);
    let stride = layout.len * rows;
    let steps = trail.len() / stride;
    let layer_inputs = [layout.input].into_iter().chain(layout.layers.iter().map(|layer| layer.value));
    let places = layer_inputs.chain(layout.memory.map(|memory| memory.input));
    debug_assert!(layout.features(shape).1 == plan.dense[layout.layers.len()].inputs);
    for ((dense, outer), place) in plan.dense.iter().zip(outers).zip(places) {
        for (s, step) in trail.chunks_exact(stride).enumerate() {
            let panel = &step[place * rows..][..dense.inputs * rows];
            for (k, units) in panel.chunks(width * rows).enumerate() {
                let to = &mut m.columns[(k * steps + s) * rows * width..][..rows * width];
                transpose((units, rows), (to, width), units.len() / rows, rows);
            }
        }
        outer.add(plan.level, &m.columns, (&m.grads[dense.place * rows..], plan.grads * rows), (steps, rows));
    }
}
