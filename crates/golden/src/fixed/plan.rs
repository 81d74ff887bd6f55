//! A function over a part of an array: words where they suffice, big integers where they do not.

#![allow(clippy::needless_pass_by_value)] // pairs of planes

use super::cells::Cells;
use super::constants::Constants;
use super::gauss::Gauss;
use super::words::{Argument, Value, Words};
use super::{Failure, Function, rounded};
use crate::scalar::Golden;
use crate::width::Width;
use dashu_int::IBig;

/// What is computed once for all elements, whichever function and whichever thread.
pub struct Plan {
    pub(super) bound: u64,
    pub(super) constants: Constants,
    pub(super) words: Words,
    pub(super) cells: Option<Cells>,
    den: IBig,
    /// The denominator, where words can divide by it; else 0.
    short: i128,
}

impl Plan {
    /// A plan for about so many elements over one positive denominator.
    #[must_use]
    pub fn new(bound: u64, den: IBig, numbers: usize) -> Self {
        let constants = Constants::new();
        let words = Words::new(&constants);
        let short = i64::try_from(&den).map_or(0, i128::from);
        Self { bound, constants, words, cells: Cells::new(bound, numbers), den, short }
    }

    /// The exact number of two integers.
    ///
    /// # Panics
    /// Where the denominator is zero.
    #[must_use]
    pub fn number(&self, a: IBig, b: IBig) -> Golden {
        Golden::new(a, b, self.den.clone()).expect("a denominator that is not zero")
    }

    #[inline(always)]
    pub(super) fn argument(&self, a: i64, b: i64) -> Option<Argument> {
        if self.short == 0 { None } else { self.words.argument(a, b, self.short) }
    }

    /// The nearest golden integer of one value.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn exact(&self, function: Function, x: &Golden) -> Result<(IBig, i64), Failure> {
        rounded(function, x, self.bound, &self.constants)
    }

    /// `out = f(x)`, rounded; the failure of the first element that has one, with its index.
    ///
    /// # Errors
    /// See [`Failure`].
    ///
    /// # Panics
    /// Where the planes differ in length.
    pub fn fill<T: Width>(
        &self,
        function: Function,
        out: (&mut [i64], &mut [i64]),
        x: (&[T], &[T]),
    ) -> Result<(), (usize, Failure)> {
        let w = &self.words;
        match function {
            Function::Exp => self.each(function, out, x, |x| w.exp(x)),
            Function::Log => self.each(function, out, x, |x| w.log(x)),
            Function::Sin => self.each(function, out, x, |x| w.sine(x, 0)),
            Function::Cos => self.each(function, out, x, |x| w.sine(x, 1)),
            Function::Tanh => self.each(function, out, x, |x| w.tanh(x)),
            Function::Sigmoid => self.each(function, out, x, |x| w.sigmoid(x)),
            Function::Sqrt => self.each(function, out, x, Words::sqrt),
            Function::Erf => {
                let gauss = Gauss::table();
                self.each(function, out, x, |x| Some(gauss.erf(x)))
            }
            Function::Gelu => {
                let gauss = Gauss::table();
                self.each(function, out, x, |x| Some(gauss.gelu(x)))
            }
        }
    }

    #[inline(always)]
    fn each<T: Width>(
        &self,
        function: Function,
        out: (&mut [i64], &mut [i64]),
        x: (&[T], &[T]),
        quick: impl Fn(Argument) -> Option<Value>,
    ) -> Result<(), (usize, Failure)> {
        assert!([out.1.len(), x.0.len(), x.1.len()] == [out.0.len(); 3], "fill: planes of one length");
        for i in 0..out.0.len() {
            let (a, b) = (x.0[i].wide(), x.1[i].wide());
            let found = self.argument(a, b).and_then(&quick).and_then(|value| self.cells.as_ref()?.nearest(value));
            (out.0[i], out.1[i]) = match found {
                Some(found) => found,
                None => self.slow(function, a, b).map_err(|failure| (i, failure))?,
            };
        }
        Ok(())
    }

    #[cold]
    fn slow(&self, function: Function, a: i64, b: i64) -> Result<(i64, i64), Failure> {
        narrow(self.exact(function, &self.number(a.into(), b.into()))?)
    }
}

pub(super) fn narrow((a, b): (IBig, i64)) -> Result<(i64, i64), Failure> {
    Ok((i64::try_from(&a).map_err(|_| Failure::Wide)?, b))
}
