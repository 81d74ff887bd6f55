//! What a `CfC` means, one number after the other in f64; the gradients come from the tape.

use super::super::{Activation, Mode};
use super::case::{Case, Numbers};
use super::tape::{Tape, Var};

type Row<'t> = Vec<Var<'t>>;

/// A matrix and a bias.
fn dense<'t>(z: &[Var<'t>], w: &[Var<'t>], b: &[Var<'t>]) -> Row<'t> {
    (0..b.len()).map(|m| (0..z.len()).fold(b[m], |sum, k| sum + z[k] * w[k * b.len() + m])).collect()
}

fn activation(kind: Activation, x: Var<'_>) -> Var<'_> {
    match kind {
        Activation::LecunTanh => x.scale(0.666).tanh().scale(1.7159),
        Activation::Tanh => x.tanh(),
        Activation::Relu => x.relu(),
        Activation::Silu => x * x.sigmoid(),
        Activation::Gelu => x * x.normal(),
    }
}

/// One step of one row; `p` are the parameters in the order of [`Case::sizes`].
fn step<'t>(
    tape: &'t Tape,
    case: &Case,
    p: &[Row<'t>],
    x: &[Var<'t>],
    (h, c): (&[Var<'t>], &[Var<'t>]),
    dt: Var<'t>,
) -> (Row<'t>, Row<'t>) {
    let one = tape.var(1.0);
    let (layers, heads) = (case.backbone.len(), case.heads());
    let (mut h, mut c) = (h.to_vec(), c.to_vec());
    let after = &p[2 * (layers + heads)..];
    if case.lstm {
        let [wi, wh, b] = &after[after.len() - 3..] else { unreachable!() };
        let g: Row<'t> = dense(x, wi, b)
            .into_iter()
            .zip(dense(&h, wh, &tape.vars(&vec![0.0; b.len()])))
            .map(|(x, y)| x + y)
            .collect();
        let n = case.units;
        for u in 0..n {
            let (a, i, f, o) = (g[u], g[n + u], g[2 * n + u], g[3 * n + u]);
            c[u] = c[u] * (f + one).sigmoid() + a.tanh() * i.sigmoid();
            h[u] = c[u].tanh() * o.sigmoid();
        }
    }
    let mut z: Row<'t> = x.iter().chain(&h).copied().collect();
    for layer in 0..layers {
        z = dense(&z, &p[2 * layer], &p[2 * layer + 1]);
        for z in &mut z {
            *z = activation(case.activation, *z);
        }
    }
    let f: Vec<Row<'t>> = (layers..layers + heads).map(|i| dense(&z, &p[2 * i], &p[2 * i + 1])).collect();
    let new = (0..case.units).map(|u| match case.mode {
        Mode::Default | Mode::NoGate => {
            let s = (f[2][u] * dt + f[3][u]).sigmoid();
            let (t1, t2) = (f[0][u].tanh(), f[1][u].tanh());
            if case.mode == Mode::Default { t1 * (one - s) + s * t2 } else { t1 + s * t2 }
        }
        Mode::Pure => {
            let (w, a, f) = (after[0][u], after[1][u], f[0][u]);
            a - a * f * (-(dt * (w.abs() + f.abs()))).exp()
        }
        Mode::Solution => {
            let (w, a, f) = (after[0][u], after[1][u], f[0][u]);
            (h[u] - a) * (-(dt * (w.abs() + f.sigmoid()))).exp() * (-f).sigmoid() + a
        }
    });
    (new.collect(), c)
}

/// The outputs and all gradients of a case, in the form of the kernel's.
pub fn run(case: &Case, numbers: &Numbers) -> Numbers {
    let (batch, steps, inputs, units) = (case.batch, case.steps, case.inputs, case.units);
    let mut out = numbers.like();
    for row in 0..batch {
        let tape = Tape::default();
        let p: Vec<Row<'_>> = numbers.parameters.iter().map(|p| tape.vars(p)).collect();
        let x = tape.vars(&numbers.x[row * steps * inputs..][..steps * inputs]);
        let first_h = tape.vars(&numbers.h[row * units..][..units]);
        let first_c = tape.vars(&numbers.c[row * case.cells()..][..case.cells()]);
        let dt: Row<'_> = (0..steps).map(|t| tape.var(case.dt(&numbers.dt, row, t))).collect();
        let (mut h, mut c) = (first_h.clone(), first_c.clone());
        let mut wanted = Vec::new();
        for t in 0..steps {
            if case.is_kept(&numbers.mask, row, t) {
                (h, c) = step(&tape, case, &p, &x[t * inputs..][..inputs], (&h, &c), dt[t]);
            }
            let at = (row * steps + t) * units;
            for (u, &h) in h.iter().enumerate() {
                out.y[at + u] = h.value;
                wanted.push((h, numbers.y[at + u]));
            }
        }
        for (place, state, grads) in [(&mut out.last_h, &h, &numbers.last_h), (&mut out.last_c, &c, &numbers.last_c)] {
            for (u, &v) in state.iter().enumerate() {
                place[row * state.len() + u] = v.value;
                wanted.push((v, grads[row * state.len() + u]));
            }
        }
        let grads = tape.gradients(&wanted);
        for (total, p) in out.parameters.iter_mut().zip(&p) {
            total.iter_mut().zip(grads.of(p)).for_each(|(total, g)| *total += g);
        }
        out.x[row * steps * inputs..][..steps * inputs].copy_from_slice(&grads.of(&x));
        out.h[row * units..][..units].copy_from_slice(&grads.of(&first_h));
        out.c[row * case.cells()..][..case.cells()].copy_from_slice(&grads.of(&first_c));
        out.dt[row * steps..][..steps].copy_from_slice(&grads.of(&dt));
    }
    out
}
