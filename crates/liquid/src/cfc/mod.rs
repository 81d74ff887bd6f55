//! Closed-form continuous-time networks (Hasani et al., Nature Machine Intelligence 2022) over whole sequences.
//!
//! One step, for input `x`, state `h` and elapsed time `dt`; weights are `(in, out)`:
//!
//! ```text
//! z = [x; h],  z = phi(z W + b) for each backbone layer,  and the heads F1, F2, Ta, Tb = z W + b
//! default   s = sigmoid(Ta dt + Tb),  h' = tanh(F1) (1 - s) + s tanh(F2)
//! no gate   h' = tanh(F1) + s tanh(F2)
//! pure      h' = A - A F exp(-dt (|w_tau| + |F|))                                 one head
//! solution  h' = (h - A) exp(-dt (|w_tau| + sigmoid(F))) sigmoid(-F) + A          one head
//! ```
//!
//! With mixed memory (Lechner and Hasani, 2020) an LSTM comes first, and the `CfC` sees its output in place of `h`:
//! `c' = c sigmoid(f + 1) + tanh(a) sigmoid(i)`, `tanh(c') sigmoid(o)`, with `a i f o = x Wi + h Wh + b`.
//!
//! The batch is cut in blocks of two registers of rows, whatever the number of threads, and one block runs the whole
//! sequence with its numbers in the nearest caches: [`forward()`], [`backward()`]. One row at a time, weights instead
//! of rows lie in the lanes: [`Stepper`]. Every sum has the same order in all of them.

mod backward;
mod elementwise;
mod forward;
mod panel;
mod plan;
mod product;
mod stepper;
#[cfg(test)]
mod tests;

pub use backward::{Grads, backward};
pub use forward::{Out, Trail, forward};
pub use stepper::Stepper;

/// How the heads become the new state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The gate weighs one head against the other.
    Default,
    /// The gate weighs the second head alone.
    NoGate,
    /// One head and no gate.
    Pure,
    /// One head: the closed form of the differential equation.
    Solution,
}

impl Mode {
    /// Does it have `w_tau` and `A`?
    #[must_use]
    pub fn has_vectors(self) -> bool {
        matches!(self, Self::Pure | Self::Solution)
    }

    /// Heads that are computed.
    fn heads(self, split_time: bool) -> usize {
        if self.has_vectors() { 1 } else { 3 + usize::from(split_time) }
    }
}

/// The nonlinearity of the backbone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `1.7159 tanh(0.666 x)`
    LecunTanh,
    /// `tanh(x)`
    Tanh,
    /// `max(x, 0)`
    Relu,
    /// `x sigmoid(x)`
    Silu,
    /// `x Phi(x)`, with the normal distribution function
    Gelu,
}

impl Activation {
    /// Is the derivative computed from the argument, or from the value?
    fn keeps_argument(self) -> bool {
        matches!(self, Self::Silu | Self::Gelu)
    }
}

/// The parameters, or their gradients; a matrix and its bias stand together.
#[derive(Debug)]
pub struct Weights<S> {
    /// `(in, out)` and `(out,)` for each layer.
    pub backbone: Vec<(S, S)>,
    /// F1, F2, Ta and Tb, or the one head.
    pub heads: Vec<(S, S)>,
    /// `w_tau` and `A`.
    pub vectors: Option<[S; 2]>,
    /// `Wi`, `Wh` and `b`: input activation, input gate, forget gate, output gate side by side.
    pub lstm: Option<[S; 3]>,
}

impl<S> Weights<S> {
    /// The same structure of something else.
    ///
    /// # Errors
    /// The first of `f`.
    pub fn try_map<R, E>(self, mut f: impl FnMut(S) -> Result<R, E>) -> Result<Weights<R>, E> {
        let mut pairs = |pairs: Vec<(S, S)>| -> Result<Vec<(R, R)>, E> {
            pairs.into_iter().map(|(w, b)| Ok((f(w)?, f(b)?))).collect()
        };
        let (backbone, heads) = (pairs(self.backbone)?, pairs(self.heads)?);
        let vectors = self.vectors.map(|[w, a]| Ok([f(w)?, f(a)?])).transpose()?;
        let lstm = self.lstm.map(|[wi, wh, b]| Ok([f(wi)?, f(wh)?, f(b)?])).transpose()?;
        Ok(Weights { backbone, heads, vectors, lstm })
    }

    /// All of it, borrowed.
    pub fn as_ref(&self) -> Weights<&S> {
        Weights {
            backbone: self.backbone.iter().map(|(w, b)| (w, b)).collect(),
            heads: self.heads.iter().map(|(w, b)| (w, b)).collect(),
            vectors: self.vectors.as_ref().map(<[S; 2]>::each_ref),
            lstm: self.lstm.as_ref().map(<[S; 3]>::each_ref),
        }
    }

    /// All of it, to be changed.
    pub fn as_mut(&mut self) -> Weights<&mut S> {
        Weights {
            backbone: self.backbone.iter_mut().map(|(w, b)| (w, b)).collect(),
            heads: self.heads.iter_mut().map(|(w, b)| (w, b)).collect(),
            vectors: self.vectors.as_mut().map(<[S; 2]>::each_mut),
            lstm: self.lstm.as_mut().map(<[S; 3]>::each_mut),
        }
    }
}

/// One cell.
pub struct Cell<'a, T> {
    /// How the heads become the new state.
    pub mode: Mode,
    /// The nonlinearity of the backbone.
    pub activation: Activation,
    /// The parameters.
    pub weights: Weights<&'a [T]>,
}

/// The state, or its gradient: `h`, and with mixed memory `c`.
#[derive(Clone, Copy, Debug)]
pub struct State<S> {
    /// What the network gives.
    pub h: S,
    /// What the memory holds.
    pub c: Option<S>,
}

/// Elapsed time before each step.
#[derive(Clone, Copy, Debug)]
pub enum Dt<'a, T> {
    /// The same everywhere: both heads of the time become one.
    One(T),
    /// `(T,)`
    PerStep(&'a [T]),
    /// `(B, T)`
    PerRow(&'a [T]),
}

/// The lengths of all axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// B
    pub batch: usize,
    /// T
    pub steps: usize,
    /// I
    pub inputs: usize,
    /// U
    pub units: usize,
}

/// What both passes read.
pub struct Sequence<'a, T> {
    /// The lengths.
    pub shape: Shape,
    /// `(B, T, I)`
    pub x: &'a [T],
    /// `(B, U)`
    pub state: State<&'a [T]>,
    /// Elapsed time.
    pub dt: Dt<'a, T>,
    /// `(B, T)`: where 0, the state stays and the input is not looked at.
    pub mask: Option<&'a [u8]>,
}

impl<T> Sequence<'_, T> {
    fn check(&self) {
        let Shape { batch, steps, inputs, units } = self.shape;
        assert!(inputs > 0 && units > 0 && self.x.len() == batch * steps * inputs, "cfc: x");
        assert!(self.state.h.len() == batch * units, "cfc: state");
        assert!(self.state.c.is_none_or(|c| c.len() == batch * units), "cfc: cell state");
        assert!(self.mask.is_none_or(|mask| mask.len() == batch * steps), "cfc: mask");
        match self.dt {
            Dt::One(_) => {}
            Dt::PerStep(dt) => assert!(dt.len() == steps, "cfc: dt"),
            Dt::PerRow(dt) => assert!(dt.len() == batch * steps, "cfc: dt"),
        }
    }
}
