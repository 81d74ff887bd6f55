//! LTC sequences; documented in `_core.pyi`, used by `emberharmony.nn.kernels`.

// Longer than 400 lines: every argument of two passes and of a stepper is checked by name.

#![allow(clippy::needless_pass_by_value)] // tuples come out of Python by value
#![allow(clippy::many_single_char_names, clippy::similar_names)] // the letters are those of the equations

use crate::buffers::{Buffer, Number};
use crate::signals::answering;
use liquid::Real;
use liquid::ltc::{
    Gradients, Model, Neurons, Parameters, Run, Sequences, Stepper, Synapses, Trail, Upstream, backward, forward,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use simd::Level;

const FLOATS: &str = "float32 or float64";

/// Rows from which a step lets other Python threads run: below, taking the GIL back may cost more than the step.
const MANY_ROWS: usize = 16;

type Object<'py> = Bound<'py, PyAny>;
type Three<'py> = (Object<'py>, Object<'py>, Object<'py>);
type Four<'py> = (Object<'py>, Object<'py>, Object<'py>, Object<'py>);
type Six<'py> = (Object<'py>, Object<'py>, Object<'py>, Object<'py>, Object<'py>, Object<'py>);

/// A type of numbers that arrays and kernels share.
trait Float: Real + Number {
    const NAME: &str;
    fn trail(kept: Trail<Self>) -> Kept;
    fn kept(trail: &Kept) -> Option<&Trail<Self>>;
    fn stepper(stepper: Stepper<Self>) -> AnyStepper;
}

macro_rules! floats {
    ($($type:ty: $variant:ident $name:literal;)*) => {$(
        impl Float for $type {
            const NAME: &str = $name;
            fn trail(kept: Trail<Self>) -> Kept {
                Kept::$variant(kept)
            }
            fn kept(trail: &Kept) -> Option<&Trail<Self>> {
                if let Kept::$variant(trail) = trail { Some(trail) } else { None }
            }
            fn stepper(stepper: Stepper<Self>) -> AnyStepper {
                AnyStepper::$variant(stepper)
            }
        }
    )*};
}
floats! {
    f32: F32 "float32";
    f64: F64 "float64";
}

enum Kept {
    F32(Trail<f32>),
    F64(Trail<f64>),
}

/// What the way back needs of the way forward.
#[pyclass(frozen, module = "emberharmony._core")]
pub struct LtcTrail(Kept);

#[pymethods]
impl LtcTrail {
    /// Its size in memory.
    #[getter]
    fn nbytes(&self) -> usize {
        match &self.0 {
            Kept::F32(trail) => trail.bytes(),
            Kept::F64(trail) => trail.bytes(),
        }
    }
}

fn wrong(function: &str, what: &str) -> PyErr {
    PyValueError::new_err(format!("{function} got {what}"))
}

fn input(object: &Object<'_>, function: &str, argument: &str, expected: &str) -> PyResult<Buffer> {
    Buffer::input(object, function, argument, expected)
}

fn numbers<T: Float>(buffer: &Buffer) -> PyResult<&[T]> {
    buffer.as_slice().ok_or_else(|| buffer.wrong_format(T::NAME))
}

fn numbers_mut<T: Float>(buffer: &mut Buffer) -> PyResult<&mut [T]> {
    if buffer.as_slice::<T>().is_none() {
        return Err(buffer.wrong_format(T::NAME));
    }
    Ok(buffer.as_mut_slice().unwrap_or_default()) // it is there: asked first, for an error here would hold the borrow
}

/// The parameters of a network.
struct Network {
    neurons: [Buffer; 3],
    synapses: [([Buffer; 2], [Buffer; 4]); 2],
}

impl Network {
    fn new(function: &str, neurons: &Three<'_>, sensory: &Six<'_>, recurrent: &Six<'_>) -> PyResult<Self> {
        let float = |object: &Object<'_>, name: &str| input(object, function, name, FLOATS);
        let synapses = |(offsets, sources, w, s, mu, e): &Six<'_>, kind: &str| {
            let index = |object: &Object<'_>, name: &str| input(object, function, &format!("{kind} {name}"), "int32");
            let float = |object: &Object<'_>, name: &str| float(object, &format!("{kind} {name}"));
            PyResult::Ok((
                [index(offsets, "offsets")?, index(sources, "sources")?],
                [float(w, "w")?, float(s, "s")?, float(mu, "mu")?, float(e, "e")?],
            ))
        };
        let (capacity, leak, rest) = neurons;
        Ok(Self {
            neurons: [float(capacity, "capacity")?, float(leak, "leak")?, float(rest, "rest")?],
            synapses: [synapses(sensory, "sensory")?, synapses(recurrent, "recurrent")?],
        })
    }

    fn synapses<T: Float>(&self, kind: usize) -> PyResult<Synapses<'_, T>> {
        let ([offsets, sources], [w, s, mu, e]) = &self.synapses[kind];
        Ok(Synapses {
            offsets: offsets.as_slice().ok_or_else(|| offsets.wrong_format("int32"))?,
            sources: sources.as_slice().ok_or_else(|| sources.wrong_format("int32"))?,
            weight: numbers(w)?,
            steepness: numbers(s)?,
            midpoint: numbers(mu)?,
            reversal: numbers(e)?,
        })
    }

    /// The number of inputs that the sensory synapses need.
    fn least_inputs(&self) -> usize {
        let sources = self.synapses[0].0[1].as_slice::<i32>().unwrap_or_default();
        sources.iter().max().map_or(0, |&most| usize::try_from(most).map_or(0, |most| most + 1))
    }

    fn model<T: Float>(&self, function: &str, inputs: usize, unfolds: usize, epsilon: f64) -> PyResult<Model<T>> {
        let [capacity, leak, rest] = &self.neurons;
        let neurons = Neurons { capacity: numbers(capacity)?, leak: numbers(leak)?, rest: numbers(rest)? };
        Model::new(&neurons, &self.synapses(0)?, &self.synapses(1)?, inputs, unfolds, epsilon)
            .map_err(|what| wrong(function, &what))
    }
}

/// A batch of sequences.
struct Batch {
    x: Buffer,
    v0: Buffer,
    dt: Buffer,
    mask: Option<Buffer>,
    /// Rows, steps, inputs, neurons.
    sizes: [usize; 4],
}

impl Batch {
    fn new(
        function: &str,
        x: &Object<'_>,
        v0: &Object<'_>,
        dt: &Object<'_>,
        mask: Option<&Object<'_>>,
    ) -> PyResult<Self> {
        let (x, v0) = (input(x, function, "x", FLOATS)?, input(v0, function, "v0", FLOATS)?);
        let (&[rows, steps, inputs], &[first, neurons]) = (x.shape(), v0.shape()) else {
            let what =
                format!("x of shape {:?} and v0 of shape {:?}; expected (B, T, I) and (B, N)", x.shape(), v0.shape());
            return Err(wrong(function, &what));
        };
        if first != rows {
            return Err(wrong(function, &format!("v0 of {first} rows; expected {rows}, as x has")));
        }
        Ok(Self {
            dt: input(dt, function, "dt", FLOATS)?,
            mask: mask.map(|mask| input(mask, function, "mask", "bool or uint8")).transpose()?,
            sizes: [rows, steps, inputs, neurons],
            x,
            v0,
        })
    }

    /// The sequences, checked against `model`.
    fn sequences<T: Float>(&self, function: &str, model: &Model<T>) -> PyResult<Sequences<'_, T>> {
        let [rows, steps, _, neurons] = self.sizes;
        let mask = match &self.mask {
            Some(mask) => Some(mask.as_slice::<u8>().ok_or_else(|| mask.wrong_format("bool or uint8"))?),
            None => None,
        };
        if neurons != model.neurons() {
            return Err(wrong(
                function,
                &format!("v0 of {neurons} neurons; expected {}, as capacity has", model.neurons()),
            ));
        }
        let sequences = Sequences {
            rows,
            steps,
            x: numbers(&self.x)?,
            initial: numbers(&self.v0)?,
            elapsed: numbers(&self.dt)?,
            mask,
        };
        sequences.check(model).map_err(|what| wrong(function, &what))?;
        Ok(sequences)
    }

    /// How many outputs an array of shape (B, T, O) has.
    fn outputs(&self, function: &str, name: &str, buffer: &Buffer) -> PyResult<usize> {
        let [rows, steps, _, neurons] = self.sizes;
        match *buffer.shape() {
            [r, t, outputs] if (r, t) == (rows, steps) && outputs <= neurons => Ok(outputs),
            _ => Err(wrong(
                function,
                &format!(
                    "{name} of shape {:?}; expected ({rows}, {steps}, O) with O at most {neurons}",
                    buffer.shape()
                ),
            )),
        }
    }
}

fn check_len(function: &str, name: &str, buffer: &Buffer, expected: usize) -> PyResult<()> {
    if buffer.len() == expected {
        return Ok(());
    }
    Err(wrong(function, &format!("{name} of {} elements; expected {expected}", buffer.len())))
}

/// Call `$body` with `$T` as the type that the buffer holds.
macro_rules! by_type {
    ($buffer:expr, $T:ident => $body:expr) => {
        if $buffer.as_slice::<f32>().is_some() {
            type $T = f32;
            $body
        } else if $buffer.as_slice::<f64>().is_some() {
            type $T = f64;
            $body
        } else {
            Err($buffer.wrong_format(FLOATS))
        }
    };
}

/// Sequences from their first state to their last.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // the names and the order of the Python function
pub fn ltc_forward(
    py: Python<'_>,
    x: &Object<'_>,
    v0: &Object<'_>,
    dt: &Object<'_>,
    mask: Option<&Object<'_>>,
    neurons: Three<'_>,
    sensory: Six<'_>,
    recurrent: Six<'_>,
    unfolds: usize,
    epsilon: f64,
    y: Option<&Object<'_>>,
    last: &Object<'_>,
    keep: bool,
    threads: usize,
) -> PyResult<Option<LtcTrail>> {
    const NAME: &str = "ltc_forward";
    let batch = Batch::new(NAME, x, v0, dt, mask)?;
    let network = Network::new(NAME, &neurons, &sensory, &recurrent)?;
    let mut y = y.map(|y| Buffer::output_named(y, NAME, "y", FLOATS)).transpose()?;
    let mut last = Buffer::output_named(last, NAME, "last", FLOATS)?;
    check_len(NAME, "last", &last, batch.sizes[0] * batch.sizes[3])?;
    by_type!(batch.x, T => {
        let model = network.model::<T>(NAME, batch.sizes[2], unfolds, epsilon)?;
        let sequences = batch.sequences(NAME, &model)?;
        let y = match &mut y {
            Some(y) => {
                let outputs = batch.outputs(NAME, "y", y)?;
                Some((numbers_mut::<T>(y)?, outputs))
            }
            None => None,
        };
        let last = numbers_mut::<T>(&mut last)?;
        let trail = answering(py, |poll| {
            forward(&model, &sequences, y, last, keep, Run { level: Level::best(), threads, poll })
        })?;
        Ok(trail.map(|trail| LtcTrail(T::trail(trail))))
    })
}

/// The gradients of what [`ltc_forward`] computed.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // the names and the order of the Python function
pub fn ltc_backward(
    py: Python<'_>,
    trail: &LtcTrail,
    x: &Object<'_>,
    v0: &Object<'_>,
    dt: &Object<'_>,
    mask: Option<&Object<'_>>,
    neurons: Three<'_>,
    sensory: Six<'_>,
    recurrent: Six<'_>,
    unfolds: usize,
    epsilon: f64,
    dy: Option<&Object<'_>>,
    dlast: Option<&Object<'_>>,
    dx: &Object<'_>,
    dv0: &Object<'_>,
    ddt: &Object<'_>,
    dneurons: Three<'_>,
    dsensory: Four<'_>,
    drecurrent: Four<'_>,
    threads: usize,
) -> PyResult<()> {
    const NAME: &str = "ltc_backward";
    let batch = Batch::new(NAME, x, v0, dt, mask)?;
    let network = Network::new(NAME, &neurons, &sensory, &recurrent)?;
    let dy = dy.map(|dy| input(dy, NAME, "dy", FLOATS)).transpose()?;
    let dlast = dlast.map(|dlast| input(dlast, NAME, "dlast", FLOATS)).transpose()?;
    let [rows, steps, inputs, n] = batch.sizes;
    let counts = [0, 1].map(|kind| network.synapses[kind].0[1].len());
    let output = |object: &Object<'_>, name: &str, len: usize| {
        let buffer = Buffer::output_named(object, NAME, name, FLOATS)?;
        check_len(NAME, name, &buffer, len)?;
        PyResult::Ok(buffer)
    };
    let four = |(w, s, mu, e): &Four<'_>, kind: &str, len: usize| {
        let one = |object: &Object<'_>, name: &str| output(object, &format!("{kind} {name}"), len);
        PyResult::Ok([one(w, "dw")?, one(s, "ds")?, one(mu, "dmu")?, one(e, "de")?])
    };
    let mut outer = [
        output(dx, "dx", rows * steps * inputs)?,
        output(dv0, "dv0", rows * n)?,
        output(ddt, "ddt", rows * steps)?,
        output(&dneurons.0, "dcapacity", n)?,
        output(&dneurons.1, "dleak", n)?,
        output(&dneurons.2, "drest", n)?,
    ];
    let (mut dsensory, mut drecurrent) =
        (four(&dsensory, "sensory", counts[0])?, four(&drecurrent, "recurrent", counts[1])?);
    if let Some(dlast) = &dlast {
        check_len(NAME, "dlast", dlast, rows * n)?;
    }
    by_type!(batch.x, T => {
        let model = network.model::<T>(NAME, inputs, unfolds, epsilon)?;
        let sequences = batch.sequences(NAME, &model)?;
        let Some(trail) = T::kept(&trail.0).filter(|trail| trail.fits(&model, &sequences)) else {
            return Err(wrong(NAME, "a trail of other sequences; expected what ltc_forward gave for these"));
        };
        let y = match &dy {
            Some(dy) => Some((numbers::<T>(dy)?, batch.outputs(NAME, "dy", dy)?)),
            None => None,
        };
        let last = match &dlast {
            Some(dlast) => Some(numbers::<T>(dlast)?),
            None => None,
        };
        let [x, initial, elapsed, capacity, leak, rest] = outer.each_mut().map(numbers_mut::<T>);
        let [a, b, c, d] = dsensory.each_mut().map(numbers_mut::<T>);
        let [e, f, g, h] = drecurrent.each_mut().map(numbers_mut::<T>);
        let parameters = Parameters {
            capacity: capacity?,
            leak: leak?,
            rest: rest?,
            sensory: [a?, b?, c?, d?],
            recurrent: [e?, f?, g?, h?],
        };
        let to = Gradients { x: x?, initial: initial?, elapsed: elapsed?, parameters };
        answering(py, |poll| backward(&model, &sequences, trail, Upstream { y, last }, to, threads, poll))
    })
}

enum AnyStepper {
    F32(Stepper<f32>),
    F64(Stepper<f64>),
}

/// A network in the layout for single rows.
#[pyclass(frozen, module = "emberharmony._core")]
pub struct LtcStepper(AnyStepper);

#[pymethods]
impl LtcStepper {
    #[new]
    fn new(neurons: Three<'_>, sensory: Six<'_>, recurrent: Six<'_>, unfolds: usize, epsilon: f64) -> PyResult<Self> {
        const NAME: &str = "LtcStepper";
        let network = Network::new(NAME, &neurons, &sensory, &recurrent)?;
        by_type!(network.neurons[0], T => {
            let model = network.model::<T>(NAME, network.least_inputs(), unfolds, epsilon)?;
            Ok(Self(T::stepper(Stepper::new(&model, Level::best()))))
        })
    }

    /// One step of each row.
    fn step(&self, py: Python<'_>, x: &Object<'_>, v: &Object<'_>, dt: f64, out: &Object<'_>) -> PyResult<()> {
        match &self.0 {
            AnyStepper::F32(stepper) => step(py, stepper, x, v, dt, out),
            AnyStepper::F64(stepper) => step(py, stepper, x, v, dt, out),
        }
    }
}

fn step<T: Float>(
    py: Python<'_>,
    stepper: &Stepper<T>,
    x: &Object<'_>,
    v: &Object<'_>,
    dt: f64,
    out: &Object<'_>,
) -> PyResult<()> {
    const NAME: &str = "LtcStepper.step";
    let (x, v) = (input(x, NAME, "x", T::NAME)?, input(v, NAME, "v", T::NAME)?);
    let mut out = Buffer::output_named(out, NAME, "out", T::NAME)?;
    let [inputs, n] = stepper.sizes();
    let (rows, width, neurons) = match (x.shape(), v.shape()) {
        (&[width], &[neurons]) => (1, width, neurons),
        (&[rows, width], &[same, neurons]) if rows == same => (rows, width, neurons),
        _ => (0, 0, 0),
    };
    if width < inputs || neurons != n || out.shape() != v.shape() {
        let shapes = format!("x {:?}, v {:?} and out {:?}", x.shape(), v.shape(), out.shape());
        let expected = format!("(I,), ({n},) and ({n},) or (B, I), (B, {n}) and (B, {n}), with I at least {inputs}");
        return Err(wrong(NAME, &format!("{shapes}; expected {expected}")));
    }
    let v = numbers::<T>(&v)?.to_vec(); // a copy, for `out` may be the same memory
    let (x, out) = (numbers::<T>(&x)?, numbers_mut::<T>(&mut out)?);
    if rows < MANY_ROWS {
        stepper.step(x, width, &v, dt, out);
    } else {
        py.detach(|| stepper.step(x, width, &v, dt, out));
    }
    Ok(())
}
