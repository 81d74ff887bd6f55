//! What a `CfC` does to each number between its products, and the derivatives.
//!
//! Everything here is flat: unit after unit, `rows` numbers each, whole registers. What differs by row alone (elapsed
//! time, mask) has `rows` numbers and is read again for each unit.

// Longer than 400 lines: every function stands beside its derivative.

#![allow(clippy::many_single_char_names)] // the letters of the equations

use super::{Activation, Mode};
use crate::functions::{erfc, exp, sigmoid, tanh};
use crate::lanes::{Kernel, Lanes, Real, at};
use simd::Level;
use std::f64::consts::FRAC_1_SQRT_2;

/// `1.7159 tanh(0.666 x)`, as `LeCun` (1989) scales it, with the constant of `ncps`.
const LECUN_HEIGHT: f64 = 1.7159;
const LECUN_SLOPE: f64 = 0.666;
const INVERSE_SQRT_2_PI: f64 = 0.398_942_280_401_432_7;

/// The register at `i`.
///
/// # Safety
/// `i` is a multiple of N below the length, which is one too: [`whole`] has been asked.
#[inline(always)]
unsafe fn get<V: Lanes>(numbers: &[V::T], i: usize) -> V {
    debug_assert!(i + V::N <= numbers.len());
    // SAFETY: the caller's promise
    unsafe { V::load(numbers.as_ptr().add(i)) }
}

/// Write the register at `i`.
///
/// # Safety
/// As for [`get`].
#[inline(always)]
unsafe fn set<V: Lanes>(numbers: &mut [V::T], i: usize, x: V) {
    debug_assert!(i + V::N <= numbers.len());
    // SAFETY: the caller's promise
    unsafe { x.store(numbers.as_mut_ptr().add(i)) }
}

/// Lengths that are one number of whole registers.
#[inline(always)]
fn whole<V: Lanes, const M: usize>(lengths: [usize; M]) -> usize {
    assert!(lengths[0].is_multiple_of(V::N) && lengths.iter().all(|&n| n == lengths[0]), "{lengths:?} of {}", V::N);
    lengths[0]
}

/// `yes` in the rows that the mask keeps (1), else `no` (0).
#[inline(always)]
fn where_kept<V: Lanes>(kept: V, yes: V, no: V) -> V {
    kept.where_below(V::number(0.5), no, yes)
}

#[inline(always)]
fn activation<V: Lanes>(kind: Activation, x: V) -> V {
    match kind {
        Activation::LecunTanh => tanh(x.mul(V::number(LECUN_SLOPE))).mul(V::number(LECUN_HEIGHT)),
        Activation::Tanh => tanh(x),
        Activation::Relu => x.where_below(V::number(0.0), V::number(0.0), x),
        Activation::Silu => x.mul(sigmoid(x)),
        Activation::Gelu => x.mul(V::number(0.5)).mul(erfc(x.mul(V::number(-FRAC_1_SQRT_2)))),
    }
}

/// The derivative, from the argument `x` where [`Activation::keeps_argument`], and from the value `y` otherwise.
#[inline(always)]
fn derivative<V: Lanes>(kind: Activation, x: V, y: V) -> V {
    let (zero, one) = (V::number(0.0), V::number(1.0));
    match kind {
        Activation::LecunTanh => {
            let slope = V::number(LECUN_HEIGHT * LECUN_SLOPE);
            y.mul(y).fnma(V::number(LECUN_SLOPE / LECUN_HEIGHT), slope)
        }
        Activation::Tanh => y.fnma(y, one),
        Activation::Relu => zero.where_below(y, one, y.mul(zero)), // 0 times y: a nan stays one
        Activation::Silu => {
            let s = sigmoid(x);
            s.mul(x.fma(one.sub(s), one))
        }
        Activation::Gelu => {
            let bell = exp(x.mul(x).mul(V::number(-0.5))).mul(V::number(INVERSE_SQRT_2_PI));
            x.fma(bell, erfc(x.mul(V::number(-FRAC_1_SQRT_2))).mul(V::number(0.5)))
        }
    }
}

/// `values = phi(arguments)`; without arguments, of what stands in `values`.
pub fn activate<T: Real>(level: Level, kind: Activation, arguments: Option<&[T]>, values: &mut [T]) {
    struct Activate<'a, T>(Activation, Option<&'a [T]>, &'a mut [T]);
    impl<T: Real> Kernel<T> for Activate<'_, T> {
        type Output = ();
        #[inline(always)]
        fn run<V: Lanes<T = T>>(self) {
            let Self(kind, arguments, values) = self;
            let len = whole::<V, 2>([values.len(), arguments.map_or(values.len(), <[T]>::len)]);
            for i in (0..len).step_by(V::N) {
                // SAFETY: i is below len, the length of both
                unsafe {
                    let x = get::<V>(arguments.unwrap_or(values), i);
                    set(values, i, activation(kind, x));
                }
            }
        }
    }
    at(level, Activate(kind, arguments, values));
}

/// `to = grads phi'`; `arguments` where [`Activation::keeps_argument`].
pub fn activate_back<T: Real>(
    level: Level,
    kind: Activation,
    (arguments, values): (Option<&[T]>, &[T]),
    grads: &[T],
    to: &mut [T],
) {
    struct Back<'a, T>(Activation, &'a [T], &'a [T], &'a [T], &'a mut [T]);
    impl<T: Real> Kernel<T> for Back<'_, T> {
        type Output = ();
        #[inline(always)]
        fn run<V: Lanes<T = T>>(self) {
            let Self(kind, x, y, grads, to) = self;
            let len = whole::<V, 4>([to.len(), x.len(), y.len(), grads.len()]);
            for i in (0..len).step_by(V::N) {
                // SAFETY: i is below len, the length of all
                unsafe { set(to, i, get::<V>(grads, i).mul(derivative(kind, get(x, i), get(y, i)))) };
            }
        }
    }
    at(level, Back(kind, arguments.unwrap_or(values), values, grads, to));
}

/// The end of a step: from the heads to the new state.
pub struct Mix<'a, T> {
    pub mode: Mode,
    /// The heads as the product leaves them: one after the other.
    pub heads: &'a [T],
    /// Are there heads for both parts of the time, or one for their sum?
    pub split_time: bool,
    pub dt: &'a [T],
    pub mask: Option<&'a [T]>,
    /// The state that the heads have seen.
    pub before: &'a [T],
    /// `w_tau` and `A` for each row; empty where the mode has none.
    pub vectors: [&'a [T]; 2],
    /// Three numbers for the way back.
    pub kept: [&'a mut [T]; 3],
    /// The state that rows of the mask keep, and then the new one.
    pub state: &'a mut [T],
}

impl<T: Real> Kernel<T> for Mix<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<T = T>>(self) {
        let Self { mode, heads, split_time, dt, mask, before, vectors: [w_tau, a], kept: [k0, k1, k2], state } = self;
        let len = whole::<V, 5>([state.len(), before.len(), k0.len(), k1.len(), k2.len()]);
        let rows = whole::<V, 2>([dt.len(), mask.map_or(dt.len(), <[T]>::len)]);
        assert!(heads.len() == len * mode.heads(split_time) && len.is_multiple_of(rows));
        assert!(!mode.has_vectors() || [w_tau.len(), a.len()] == [len; 2]);
        let one = V::number(1.0);
        for unit in (0..len).step_by(rows) {
            for row in (0..rows).step_by(V::N) {
                let i = unit + row;
                // SAFETY: row is below rows and i below len, both multiples of N, and the lengths are as asserted above
                unsafe {
                    let dt: V = get(dt, row);
                    let first: V = get(heads, i);
                    let (new, keep) = if mode.has_vectors() {
                        let (w, a): (V, V) = (get::<V>(w_tau, i).abs(), get(a, i));
                        if mode == Mode::Pure {
                            let decay = exp(dt.mul(w.add(first.abs())).neg());
                            (a.mul(first).fnma(decay, a), [first, decay, decay])
                        } else {
                            let (p, q) = (sigmoid(first), sigmoid(first.neg()));
                            let decay = exp(dt.mul(w.add(p)).neg());
                            (get::<V>(before, i).sub(a).fma(decay.mul(q), a), [p, q, decay])
                        }
                    } else {
                        let time = if split_time {
                            get::<V>(heads, 2 * len + i).fma(dt, get(heads, 3 * len + i))
                        } else {
                            get(heads, 2 * len + i)
                        };
                        let (t1, t2, s) = (tanh(first), tanh(get::<V>(heads, len + i)), sigmoid(time));
                        let first_share = if mode == Mode::Default { t1.mul(one.sub(s)) } else { t1 };
                        (s.fma(t2, first_share), [t1, t2, s])
                    };
                    set(k0, i, keep[0]);
                    set(k1, i, keep[1]);
                    set(k2, i, keep[2]);
                    let new = if let Some(mask) = mask { where_kept(get(mask, row), new, get(state, i)) } else { new };
                    set(state, i, new);
                }
            }
        }
    }
}

/// The derivative of [`Mix`]; rows that the mask leaves out come with gradients of 0.
pub struct MixBack<'a, T> {
    pub mode: Mode,
    pub split_time: bool,
    pub dt: &'a [T],
    pub before: &'a [T],
    pub vectors: [&'a [T]; 2],
    pub kept: [&'a [T]; 3],
    /// The gradient of the new state.
    pub grads: &'a [T],
    /// The gradients of the heads.
    pub heads: &'a mut [T],
    /// The gradient of `before` where it does not go through the heads: added to.
    pub direct: &'a mut [T],
    /// Added to: the gradients of `vectors`.
    pub vector_sums: [&'a mut [T]; 2],
    /// Added to: the gradient of `dt`, where it does not go through heads.
    pub dt_sums: &'a mut [T],
}

impl<T: Real> Kernel<T> for MixBack<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<T = T>>(self) {
        let Self { mode, split_time, dt, before, vectors: [w_tau, a], kept: [k0, k1, k2], grads, heads, .. } = self;
        let (direct, [w_sums, a_sums], dt_sums) = (self.direct, self.vector_sums, self.dt_sums);
        let len = whole::<V, 6>([grads.len(), direct.len(), before.len(), k0.len(), k1.len(), k2.len()]);
        let rows = whole::<V, 2>([dt.len(), dt_sums.len()]);
        assert!(heads.len() == len * mode.heads(split_time) && len.is_multiple_of(rows));
        assert!(!mode.has_vectors() || [w_tau.len(), a.len(), w_sums.len(), a_sums.len()] == [len; 4]);
        let (zero, one) = (V::number(0.0), V::number(1.0));
        for unit in (0..len).step_by(rows) {
            for row in (0..rows).step_by(V::N) {
                let i = unit + row;
                // SAFETY: row is below rows and i below len, both multiples of N, and the lengths are as asserted above
                unsafe {
                    let (g, dt): (V, V) = (get(grads, i), get(dt, row));
                    let (x, y, z): (V, V, V) = (get(k0, i), get(k1, i), get(k2, i));
                    if mode.has_vectors() {
                        let (w, a): (V, V) = (get(w_tau, i), get(a, i));
                        // the state is a + change, and change falls with dt times rate
                        let (head, a_grad, change, rate) = if mode == Mode::Pure {
                            let (f, decay) = (x, y);
                            let head = g.mul(a).mul(decay).mul(dt.fnma(f.abs(), one)).neg();
                            (head, f.fnma(decay, one), a.mul(f).mul(decay).neg(), w.abs().add(f.abs()))
                        } else {
                            let (p, q, decay) = (x, y, z);
                            let change = get::<V>(before, i).sub(a).mul(decay).mul(q);
                            let share = decay.mul(q);
                            set(direct, i, g.fma(share, get(direct, i)));
                            let head = g.mul(change).mul(p).mul(dt.fma(q, one)).neg();
                            (head, one.sub(share), change, w.abs().add(p))
                        };
                        let fall = g.mul(change).neg();
                        let sign = w.where_below(zero, one.neg(), zero.where_below(w, one, zero));
                        set(heads, i, head);
                        set(a_sums, i, g.fma(a_grad, get(a_sums, i)));
                        set(w_sums, i, fall.mul(dt).fma(sign, get(w_sums, i)));
                        set(dt_sums, row, fall.fma(rate, get(dt_sums, row)));
                    } else {
                        let (t1, t2, s) = (x, y, z);
                        let rest = one.sub(s);
                        let (first, apart) = if mode == Mode::Default { (g.mul(rest), t2.sub(t1)) } else { (g, t2) };
                        let time = g.mul(apart).mul(s.mul(rest));
                        set(heads, i, first.mul(t1.fnma(t1, one)));
                        set(heads, len + i, g.mul(s).mul(t2.fnma(t2, one)));
                        set(heads, 2 * len + i, if split_time { time.mul(dt) } else { time });
                        if split_time {
                            set(heads, 3 * len + i, time);
                        }
                    }
                }
            }
        }
    }
}

/// The memory cell of a mixed-memory `CfC`: four gates to a new cell state and output.
pub struct Memory<'a, T> {
    pub mask: Option<&'a [T]>,
    /// Input activation, input gate, forget gate, output gate: arguments, and then values.
    pub gates: &'a mut [T],
    /// The cell state before, for the way back.
    pub before: &'a mut [T],
    /// The hyperbolic tangent of the new cell state.
    pub squashed: &'a mut [T],
    pub cell: &'a mut [T],
    pub out: &'a mut [T],
}

impl<T: Real> Kernel<T> for Memory<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<T = T>>(self) {
        let Self { mask, gates, before, squashed, cell, out } = self;
        let len = whole::<V, 4>([cell.len(), before.len(), squashed.len(), out.len()]);
        let rows = whole::<V, 1>([mask.map_or(V::N, <[T]>::len)]);
        assert!(gates.len() == 4 * len && len.is_multiple_of(rows));
        for i in (0..len).step_by(V::N) {
            // SAFETY: i is below len, a multiple of N, and the lengths are as asserted above
            unsafe {
                let values: [V; 4] = [
                    tanh(get::<V>(gates, i)),
                    sigmoid(get::<V>(gates, len + i)),
                    sigmoid(get::<V>(gates, 2 * len + i)),
                    sigmoid(get::<V>(gates, 3 * len + i)),
                ];
                let old: V = get(cell, i);
                let new = old.fma(values[2], values[0].mul(values[1]));
                let flat = tanh(new);
                for (k, value) in values.into_iter().enumerate() {
                    set(gates, k * len + i, value);
                }
                set(before, i, old);
                set(squashed, i, flat);
                set(out, i, flat.mul(values[3]));
                let new = if let Some(mask) = mask { where_kept(get(mask, i % rows), new, old) } else { new };
                set(cell, i, new);
            }
        }
    }
}

/// The derivative of [`Memory`]; rows that the mask leaves out come with `out` gradients of 0.
pub struct MemoryBack<'a, T> {
    pub mask: Option<&'a [T]>,
    pub gates: &'a [T],
    pub before: &'a [T],
    pub squashed: &'a [T],
    /// The gradient of the output.
    pub out: &'a [T],
    /// The gradient of the cell state: after, and then before the step.
    pub cell: &'a mut [T],
    /// The gradients of the arguments of the gates.
    pub arguments: &'a mut [T],
}

impl<T: Real> Kernel<T> for MemoryBack<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<T = T>>(self) {
        let Self { mask, gates, before, squashed, out, cell, arguments } = self;
        let len = whole::<V, 4>([cell.len(), before.len(), squashed.len(), out.len()]);
        let rows = whole::<V, 1>([mask.map_or(V::N, <[T]>::len)]);
        assert!([gates.len(), arguments.len()] == [4 * len; 2] && len.is_multiple_of(rows));
        let (zero, one) = (V::number(0.0), V::number(1.0));
        for i in (0..len).step_by(V::N) {
            // SAFETY: i is below len, a multiple of N, and the lengths are as asserted above
            unsafe {
                let a: V = get(gates, i);
                let [input, forget, output]: [V; 3] =
                    [get(gates, len + i), get(gates, 2 * len + i), get(gates, 3 * len + i)];
                let (flat, g, later): (V, V, V) = (get(squashed, i), get(out, i), get(cell, i));
                let (through, past) = match mask {
                    None => (later, zero),
                    Some(mask) => {
                        let kept = get(mask, i % rows);
                        (where_kept(kept, later, zero), where_kept(kept, zero, later))
                    }
                };
                let c = g.mul(output).fma(flat.fnma(flat, one), through);
                set(arguments, i, c.mul(input).mul(a.fnma(a, one)));
                set(arguments, len + i, c.mul(a).mul(input.mul(one.sub(input))));
                set(arguments, 2 * len + i, c.mul(get(before, i)).mul(forget.mul(one.sub(forget))));
                set(arguments, 3 * len + i, g.mul(flat).mul(output.mul(one.sub(output))));
                set(cell, i, c.fma(forget, past));
            }
        }
    }
}

/// Part `grads` by the mask: rows that it keeps stay, the others move to `past`.
pub fn part<T: Real>(level: Level, mask: &[T], grads: &mut [T], past: &mut [T]) {
    struct Part<'a, T>(&'a [T], &'a mut [T], &'a mut [T]);
    impl<T: Real> Kernel<T> for Part<'_, T> {
        type Output = ();
        #[inline(always)]
        fn run<V: Lanes<T = T>>(self) {
            let Self(mask, grads, past) = self;
            let (len, rows) = (whole::<V, 2>([grads.len(), past.len()]), whole::<V, 1>([mask.len()]));
            let zero = V::number(0.0);
            for i in (0..len).step_by(V::N) {
                // SAFETY: i is below len, the length of both, and i % rows below rows
                unsafe {
                    let (g, kept): (V, V) = (get(grads, i), get(mask, i % rows));
                    set(grads, i, where_kept(kept, g, zero));
                    set(past, i, where_kept(kept, zero, g));
                }
            }
        }
    }
    at(level, Part(mask, grads, past));
}

/// `sums[row] += sum over units of x y`
pub fn dots<T: Real>(level: Level, x: &[T], y: &[T], sums: &mut [T]) {
    struct Dots<'a, T>(&'a [T], &'a [T], &'a mut [T]);
    impl<T: Real> Kernel<T> for Dots<'_, T> {
        type Output = ();
        #[inline(always)]
        fn run<V: Lanes<T = T>>(self) {
            let Self(x, y, sums) = self;
            let (len, rows) = (whole::<V, 2>([x.len(), y.len()]), whole::<V, 1>([sums.len()]));
            assert!(len.is_multiple_of(rows));
            for row in (0..rows).step_by(V::N) {
                // SAFETY: row is below rows and i below len, both multiples of N
                unsafe {
                    let mut sum: V = get(sums, row);
                    for i in (row..len).step_by(rows) {
                        sum = get::<V>(x, i).fma(get(y, i), sum);
                    }
                    set(sums, row, sum);
                }
            }
        }
    }
    at(level, Dots(x, y, sums));
}

/// The sum of each `rows` numbers.
pub fn row_sums<T: Real>(level: Level, x: &[T], rows: usize) -> Vec<T> {
    struct RowSums<'a, T>(&'a [T], usize);
    impl<T: Real> Kernel<T> for RowSums<'_, T> {
        type Output = Vec<T>;
        #[inline(always)]
        fn run<V: Lanes<T = T>>(self) -> Vec<T> {
            let Self(x, rows) = self;
            whole::<V, 1>([rows]);
            let mut sums = Vec::with_capacity(x.len() / rows);
            for unit in x.chunks_exact(rows) {
                let mut sum = V::number(0.0);
                for i in (0..rows).step_by(V::N) {
                    // SAFETY: i is below rows, the length of a chunk
                    sum = sum.add(unsafe { get(unit, i) });
                }
                sums.push(sum.sum());
            }
            sums
        }
    }
    at(level, RowSums(x, rows))
}
