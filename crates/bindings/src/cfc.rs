//! Closed-form continuous-time networks; documented in `emberharmony._core`, defined in `liquid::cfc`.

// Longer than 400 lines: every argument of two passes and of a stepper is checked by name.

use crate::buffers::{Buffer, Number};
use crate::signals::answering;
use liquid::Real;
use liquid::cfc::{self, Activation, Cell, Dt, Grads, Mode, Out, Sequence, Shape, State, Stepper, Trail, Weights};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use simd::Level;

const FLOATS: &str = "float32 or float64";

type Any<'py> = Bound<'py, PyAny>;
type Pair<'py> = (Any<'py>, Any<'py>);
type PyWeights<'py> = (Vec<Pair<'py>>, Vec<Pair<'py>>, Vec<Any<'py>>, Vec<Any<'py>>);
type PyCell<'py> = (String, String, Vec<Pair<'py>>, Vec<Pair<'py>>, Vec<Any<'py>>, Vec<Any<'py>>);

/// Numbers of both worlds.
trait Float: Number + Real + Sync {
    const NAME: &str;
    fn keep(trail: Trail<Self>) -> CfcTrail;
    fn find(trail: &CfcTrail) -> Option<&Trail<Self>>;
}

/// What the backward pass needs from the forward pass.
#[pyclass(frozen, module = "emberharmony._core")]
pub struct CfcTrail(EitherTrail);

enum EitherTrail {
    Narrow(Trail<f32>),
    Wide(Trail<f64>),
}

#[pymethods]
impl CfcTrail {
    /// The memory that it holds.
    #[getter]
    fn nbytes(&self) -> usize {
        match &self.0 {
            EitherTrail::Narrow(trail) => trail.nbytes(),
            EitherTrail::Wide(trail) => trail.nbytes(),
        }
    }
}

macro_rules! floats {
    ($($type:ty: $name:literal, $variant:ident;)*) => {$(
        impl Float for $type {
            const NAME: &str = $name;
            fn keep(trail: Trail<Self>) -> CfcTrail {
                CfcTrail(EitherTrail::$variant(trail))
            }
            fn find(trail: &CfcTrail) -> Option<&Trail<Self>> {
                if let EitherTrail::$variant(trail) = &trail.0 { Some(trail) } else { None }
            }
        }
    )*};
}
floats! {
    f32: "float32", Narrow;
    f64: "float64", Wide;
}

/// Which function reads or writes a buffer.
#[derive(Clone, Copy)]
struct Access {
    function: &'static str,
    writes: bool,
}

impl Access {
    fn buffer(self, object: &Any<'_>, argument: &str) -> PyResult<Buffer> {
        let open = if self.writes { Buffer::output_named } else { Buffer::input };
        open(object, self.function, argument, FLOATS)
    }

    fn shaped(self, object: &Any<'_>, argument: &str, shape: &[usize]) -> PyResult<Buffer> {
        let buffer = self.buffer(object, argument)?;
        has_shape(&buffer, shape)?;
        Ok(buffer)
    }

    /// One array, or with a memory cell a pair.
    fn state(self, object: &Any<'_>, argument: &str, has_memory: bool, shape: &[usize]) -> PyResult<State<Buffer>> {
        if !has_memory {
            return Ok(State { h: self.shaped(object, argument, shape)?, c: None });
        }
        let (h, c): Pair<'_> = object.extract().map_err(|_| {
            let (function, kind) = (self.function, object.get_type());
            PyTypeError::new_err(format!("{function} got {argument} of type {kind}; expected the pair (h, c)"))
        })?;
        let c = self.shaped(&c, &format!("{argument}[1]"), shape)?;
        Ok(State { h: self.shaped(&h, &format!("{argument}[0]"), shape)?, c: Some(c) })
    }

    /// The parameters of a cell, or their gradients, with all shapes checked.
    fn weights(self, mode: Mode, weights: PyWeights<'_>, inputs: usize, units: usize) -> PyResult<Weights<Buffer>> {
        let (backbone, heads, vectors, lstm) = weights;
        let pair = |(w, b): &Pair<'_>, name: &str, width: usize, outputs: Option<usize>| -> PyResult<_> {
            let bias = self.buffer(b, &format!("{name}[1]"))?;
            let outputs = outputs.unwrap_or(bias.len());
            if outputs == 0 {
                return Err(PyValueError::new_err(format!("{} of no elements; expected some", bias.name())));
            }
            has_shape(&bias, &[outputs])?;
            Ok((self.shaped(w, &format!("{name}[0]"), &[width, outputs])?, bias))
        };
        let count = |what: &str, found: usize, expected: &[usize]| {
            if expected.contains(&found) {
                return Ok(());
            }
            let function = self.function;
            Err(PyValueError::new_err(format!(
                "{function} got {found} {what}; expected {expected:?} for mode {mode:?}"
            )))
        };
        let has_vectors = mode.has_vectors();
        count("heads", heads.len(), &[if has_vectors { 1 } else { 4 }])?;
        count("vectors", vectors.len(), &[if has_vectors { 2 } else { 0 }])?;
        count("parts of an lstm", lstm.len(), &[0, 3])?;
        let mut width = inputs + units;
        let mut layers = Vec::new();
        for (i, layer) in backbone.iter().enumerate() {
            layers.push(pair(layer, &format!("backbone[{i}]"), width, None)?);
            width = layers[i].1.len();
        }
        let each = heads.iter().enumerate();
        let heads =
            each.map(|(i, head)| pair(head, &format!("heads[{i}]"), width, Some(units))).collect::<PyResult<_>>()?;
        let vectors = match &vectors[..] {
            [w_tau, a] => Some([self.shaped(w_tau, "w_tau", &[units])?, self.shaped(a, "A", &[units])?]),
            _ => None,
        };
        let gates = 4 * units;
        let lstm = match &lstm[..] {
            [wi, wh, b] => Some([
                self.shaped(wi, "lstm[0]", &[inputs, gates])?,
                self.shaped(wh, "lstm[1]", &[units, gates])?,
                self.shaped(b, "lstm[2]", &[gates])?,
            ]),
            _ => None,
        };
        Ok(Weights { backbone: layers, heads, vectors, lstm })
    }
}

fn has_shape(buffer: &Buffer, shape: &[usize]) -> PyResult<()> {
    if buffer.shape() == shape {
        return Ok(());
    }
    Err(PyValueError::new_err(format!("{} of shape {:?}; expected {shape:?}", buffer.name(), buffer.shape())))
}

fn read<T: Float>(buffer: &Buffer) -> PyResult<&[T]> {
    buffer.as_slice().ok_or_else(|| buffer.wrong_format(T::NAME))
}

fn write<T: Float>(buffer: &mut Buffer) -> PyResult<&mut [T]> {
    let error = buffer.wrong_format(T::NAME);
    buffer.as_mut_slice().ok_or(error)
}

fn read_state<T: Float>(state: &State<Buffer>) -> PyResult<State<&[T]>> {
    Ok(State { h: read(&state.h)?, c: state.c.as_ref().map(read).transpose()? })
}

fn write_state<T: Float>(state: &mut State<Buffer>) -> PyResult<State<&mut [T]>> {
    Ok(State { h: write(&mut state.h)?, c: state.c.as_mut().map(write).transpose()? })
}

/// What is read by both passes.
struct Arguments {
    shape: Shape,
    mode: Mode,
    activation: Activation,
    x: Buffer,
    state: State<Buffer>,
    dt: Buffer,
    mask: Option<Buffer>,
    weights: Weights<Buffer>,
}

fn kinds(function: &str, mode: &str, activation: &str) -> PyResult<(Mode, Activation)> {
    const MODES: [(&str, Mode); 4] =
        [("default", Mode::Default), ("no_gate", Mode::NoGate), ("pure", Mode::Pure), ("solution", Mode::Solution)];
    const ACTIVATIONS: [(&str, Activation); 5] = [
        ("lecun_tanh", Activation::LecunTanh),
        ("tanh", Activation::Tanh),
        ("relu", Activation::Relu),
        ("silu", Activation::Silu),
        ("gelu", Activation::Gelu),
    ];
    let error = |what: &str, got: &str, names: Vec<&str>| {
        PyValueError::new_err(format!("{function} got {what} '{got}'; expected one of {}", names.join(", ")))
    };
    let find_mode = MODES.iter().find(|(name, _)| *name == mode);
    let find_activation = ACTIVATIONS.iter().find(|(name, _)| *name == activation);
    Ok((
        find_mode.ok_or_else(|| error("mode", mode, MODES.map(|(name, _)| name).to_vec()))?.1,
        find_activation.ok_or_else(|| error("activation", activation, ACTIVATIONS.map(|(name, _)| name).to_vec()))?.1,
    ))
}

impl Arguments {
    fn new(
        function: &'static str,
        (x, state, dt, mask): (&Any<'_>, &Any<'_>, &Any<'_>, Option<&Any<'_>>),
        cell: PyCell<'_>,
    ) -> PyResult<Self> {
        let reads = Access { function, writes: false };
        let x = reads.buffer(x, "x")?;
        let &[batch, steps, inputs] = x.shape() else {
            return Err(PyValueError::new_err(format!("{} of shape {:?}; expected (B, T, I)", x.name(), x.shape())));
        };
        let (mode, activation, backbone, heads, vectors, lstm) = cell;
        let (mode, activation) = kinds(function, &mode, &activation)?;
        let units = match heads.first() {
            Some((_, bias)) => reads.buffer(bias, "heads[0][1]")?.len(),
            None => 0,
        };
        if inputs == 0 || units == 0 {
            return Err(PyValueError::new_err(format!(
                "{function} got {inputs} inputs and {units} units; expected at least one of each"
            )));
        }
        let state = reads.state(state, "state", !lstm.is_empty(), &[batch, units])?;
        let weights = reads.weights(mode, (backbone, heads, vectors, lstm), inputs, units)?;
        let dt = reads.buffer(dt, "dt")?;
        if ![1, steps, batch * steps].contains(&dt.len()) {
            let (name, found) = (dt.name(), dt.len());
            return Err(PyValueError::new_err(format!(
                "{name} of {found} elements; expected 1, {steps} (T) or {} (B T)",
                batch * steps
            )));
        }
        let mask = mask.map(|mask| -> PyResult<_> {
            let mask = Buffer::input(mask, function, "mask", "bool or uint8")?;
            has_shape(&mask, &[batch, steps])?;
            Ok(mask)
        });
        let (mask, shape) = (mask.transpose()?, Shape { batch, steps, inputs, units });
        Ok(Self { shape, mode, activation, x, state, dt, mask, weights })
    }

    fn cell<T: Float>(&self) -> PyResult<Cell<'_, T>> {
        Ok(Cell { mode: self.mode, activation: self.activation, weights: self.weights.as_ref().try_map(read)? })
    }

    fn sequence<T: Float>(&self) -> PyResult<Sequence<'_, T>> {
        let numbers = read(&self.dt)?;
        let dt = match numbers.len() {
            // with more axes it is a span of a row, which happens to be alone
            1 if self.dt.shape().len() == 1 => Dt::One(numbers[0]),
            n if n == self.shape.steps => Dt::PerStep(numbers),
            _ => Dt::PerRow(numbers),
        };
        let mask = self.mask.as_ref().map(|mask| mask.as_slice().ok_or_else(|| mask.wrong_format("bool or uint8")));
        let (shape, state, mask) = (self.shape, read_state(&self.state)?, mask.transpose()?);
        Ok(Sequence { shape, x: read(&self.x)?, state, dt, mask })
    }
}

/// A sequence through a cell.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // the names and the order of the Python function
pub fn cfc_forward(
    x: &Any<'_>,
    state: &Any<'_>,
    dt: &Any<'_>,
    mask: Option<&Any<'_>>,
    cell: PyCell<'_>,
    y: Option<&Any<'_>>,
    last: Option<&Any<'_>>,
    keep: bool,
    threads: usize,
) -> PyResult<Option<CfcTrail>> {
    let py = x.py();
    let given = Arguments::new("cfc_forward", (x, state, dt, mask), cell)?;
    let (Shape { batch, steps, units, .. }, writes) = (given.shape, Access { function: "cfc_forward", writes: true });
    let has_memory = given.state.c.is_some();
    let mut y = y.map(|y| writes.shaped(y, "y", &[batch, steps, units])).transpose()?;
    let mut last = last.map(|last| writes.state(last, "last", has_memory, &[batch, units])).transpose()?;
    let (y, last) = (y.as_mut(), last.as_mut());
    match given.x.as_slice::<f32>() {
        Some(_) => forward_as::<f32>(py, &given, (y, last), keep, threads),
        None => forward_as::<f64>(py, &given, (y, last), keep, threads),
    }
}

fn forward_as<T: Float>(
    py: Python<'_>,
    given: &Arguments,
    (y, last): (Option<&mut Buffer>, Option<&mut State<Buffer>>),
    keep: bool,
    threads: usize,
) -> PyResult<Option<CfcTrail>> {
    let (cell, sequence) = (given.cell::<T>()?, given.sequence()?);
    let out = Out { y: y.map(write).transpose()?, last: last.map(write_state).transpose()? };
    let work =
        move |stop: &(dyn Fn() -> bool + Sync)| cfc::forward(Level::best(), &cell, &sequence, out, keep, threads, stop);
    Ok(answering(py, work)?.map(T::keep))
}

/// The gradients of a sequence.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // the names and the order of the Python function
pub fn cfc_backward(
    trail: &Bound<'_, CfcTrail>,
    x: &Any<'_>,
    state: &Any<'_>,
    dt: &Any<'_>,
    mask: Option<&Any<'_>>,
    cell: PyCell<'_>,
    dy: Option<&Any<'_>>,
    dlast: Option<&Any<'_>>,
    dx: &Any<'_>,
    dstate: &Any<'_>,
    ddt: Option<&Any<'_>>,
    dcell: PyCell<'_>,
    threads: usize,
) -> PyResult<()> {
    let (py, function) = (x.py(), "cfc_backward");
    let given = Arguments::new(function, (x, state, dt, mask), cell)?;
    let Shape { batch, steps, inputs, units } = given.shape;
    let has_memory = given.state.c.is_some();
    let (reads, writes) = (Access { function, writes: false }, Access { function, writes: true });
    let dy = dy.map(|dy| reads.shaped(dy, "dy", &[batch, steps, units])).transpose()?;
    let dlast = dlast.map(|dlast| reads.state(dlast, "dlast", has_memory, &[batch, units])).transpose()?;
    let (_, _, backbone, heads, vectors, lstm) = dcell;
    if has_memory != (lstm.len() == 3) || backbone.len() != given.weights.backbone.len() {
        return Err(PyValueError::new_err(format!("{function} got a dcell of another structure than cell")));
    }
    let mut to = Gradients {
        dx: writes.shaped(dx, "dx", &[batch, steps, inputs])?,
        dstate: writes.state(dstate, "dstate", has_memory, &[batch, units])?,
        ddt: ddt.map(|ddt| writes.shaped(ddt, "ddt", &[batch, steps])).transpose()?,
        dcell: writes.weights(given.mode, (backbone, heads, vectors, lstm), inputs, units)?,
    };
    let from = (dy.as_ref(), dlast.as_ref());
    match given.x.as_slice::<f32>() {
        Some(_) => backward_as::<f32>(py, trail.get(), &given, from, &mut to, threads),
        None => backward_as::<f64>(py, trail.get(), &given, from, &mut to, threads),
    }
}

struct Gradients {
    dx: Buffer,
    dstate: State<Buffer>,
    ddt: Option<Buffer>,
    dcell: Weights<Buffer>,
}

fn backward_as<T: Float>(
    py: Python<'_>,
    trail: &CfcTrail,
    given: &Arguments,
    (dy, dlast): (Option<&Buffer>, Option<&State<Buffer>>),
    to: &mut Gradients,
    threads: usize,
) -> PyResult<()> {
    let (cell, sequence) = (given.cell::<T>()?, given.sequence()?);
    let Some(trail) = T::find(trail).filter(|trail| trail.fits(&cell, sequence.shape)) else {
        return Err(PyValueError::new_err(
            "cfc_backward got a trail of another cell, shape or data type than its arguments",
        ));
    };
    // other widths in another order could have the same sum, never the same shape
    for ((w, b), (dw, db)) in given.weights.backbone.iter().zip(&to.dcell.backbone) {
        has_shape(dw, w.shape())?;
        has_shape(db, b.shape())?;
    }
    let grads = Grads {
        dy: dy.map(read).transpose()?,
        dlast: dlast.map(read_state).transpose()?,
        dx: write(&mut to.dx)?,
        dstate: write_state(&mut to.dstate)?,
        ddt: to.ddt.as_mut().map(write).transpose()?,
        dcell: to.dcell.as_mut().try_map(write)?,
    };
    let work = move |stop: &(dyn Fn() -> bool + Sync)| cfc::backward(trail, &cell, &sequence, grads, threads, stop);
    answering(py, work)
}

/// A cell that makes single steps; it owns a copy of the weights.
#[pyclass(frozen, module = "emberharmony._core")]
pub struct CfcStepper(EitherStepper);

enum EitherStepper {
    Narrow(Stepper<f32>),
    Wide(Stepper<f64>),
}

#[pymethods]
impl CfcStepper {
    #[new]
    fn new(cell: PyCell<'_>) -> PyResult<Self> {
        let reads = Access { function: "CfcStepper", writes: false };
        let (mode, activation, backbone, heads, vectors, lstm) = cell;
        let (mode, activation) = kinds(reads.function, &mode, &activation)?;
        let first = backbone.first().or(heads.first()).map(|(w, _)| reads.buffer(w, "a matrix")).transpose()?;
        let units = heads.first().map(|(_, b)| reads.buffer(b, "heads[0][1]")).transpose()?.map_or(0, |b| b.len());
        let rows = first.as_ref().and_then(|w| w.shape().first().copied()).unwrap_or(0);
        let Some(inputs) = rows.checked_sub(units).filter(|&inputs| inputs > 0 && units > 0) else {
            return Err(PyValueError::new_err(format!(
                "CfcStepper got a first matrix of {rows} rows for {units} units; expected a row for each input and unit"
            )));
        };
        let is_narrow = first.is_some_and(|w| w.as_slice::<f32>().is_some());
        let weights = reads.weights(mode, (backbone, heads, vectors, lstm), inputs, units)?;
        let level = Level::best();
        Ok(Self(if is_narrow {
            let cell = Cell { mode, activation, weights: weights.as_ref().try_map(read)? };
            EitherStepper::Narrow(Stepper::new(level, &cell, inputs, units))
        } else {
            let cell = Cell { mode, activation, weights: weights.as_ref().try_map(read)? };
            EitherStepper::Wide(Stepper::new(level, &cell, inputs, units))
        }))
    }

    /// One step of one row, or of each row.
    fn step(&self, x: &Any<'_>, state: &Any<'_>, dt: f64, out: &Any<'_>) -> PyResult<()> {
        match &self.0 {
            EitherStepper::Narrow(stepper) => step_as(stepper, x, state, dt, out),
            EitherStepper::Wide(stepper) => step_as(stepper, x, state, dt, out),
        }
    }
}

fn step_as<T: Float>(stepper: &Stepper<T>, x: &Any<'_>, state: &Any<'_>, dt: f64, out: &Any<'_>) -> PyResult<()> {
    let (py, function) = (x.py(), "CfcStepper.step");
    let (reads, writes) = (Access { function, writes: false }, Access { function, writes: true });
    let (inputs, units) = (stepper.inputs(), stepper.units());
    let x = reads.buffer(x, "x")?;
    let (one, many);
    let shape: &[usize] = match *x.shape() {
        [width] if width == inputs => {
            one = [units];
            &one
        }
        [batch, width] if width == inputs => {
            many = [batch, units];
            &many
        }
        ref other => {
            let name = x.name();
            return Err(PyValueError::new_err(format!(
                "{name} of shape {other:?}; expected ({inputs},) or (B, {inputs})"
            )));
        }
    };
    let state = reads.state(state, "state", stepper.has_memory(), shape)?;
    let from = read_state::<T>(&state)?;
    let (h, c) = (from.h.to_vec(), from.c.map(<[T]>::to_vec)); // copies: `out` may be `state`
    let mut out = writes.state(out, "out", stepper.has_memory(), shape)?;
    let (x, mut out, dt) = (read::<T>(&x)?, write_state::<T>(&mut out)?, T::from_f64(dt));
    let mut all = || {
        for (row, x) in x.chunks_exact(inputs).enumerate() {
            let at = row * units..(row + 1) * units;
            let state = State { h: &h[at.clone()], c: c.as_ref().map(|c| &c[at.clone()]) };
            let out = State { h: &mut out.h[at.clone()], c: out.c.as_mut().map(|c| &mut c[at]) };
            stepper.step(x, state, dt, out);
        }
    };
    if shape.len() == 1 {
        all(); // shorter than letting others run
    } else {
        py.detach(all);
    }
    Ok(())
}
