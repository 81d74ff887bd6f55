use super::*;

fn numbers(len: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64) / 2_f64.powi(52) - 1.0
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// Window by window, element by element.
fn plain(x: &[f64], shape: Shape, grid: Grid<'_>) -> Gram {
    let f = shape.features;
    let mut gram = Gram::new(shape.width());
    for i in 0..shape.windows(x.len() / f) {
        let at = |c: usize| (i * shape.hop + c / f * shape.dilation) * f + c % f;
        let window: Vec<f64> = (0..gram.width).map(|c| x[at(c)]).collect();
        if !window.iter().all(|x| x.is_finite()) {
            gram.left_out += 1;
            continue;
        }
        let q = |(c, x): (usize, &f64)| ((x - grid.shift[c % f]) * grid.scale[c % f]).round_ties_even() as i128;
        let q: Vec<i128> = window.iter().enumerate().map(q).collect();
        gram.windows += 1;
        for c in 0..gram.width {
            gram.sums[c] += q[c];
            for d in c..gram.width {
                gram.products[c * gram.width + d] += q[c] * q[d];
            }
        }
    }
    gram
}

#[test]
fn the_sums_are_those_of_the_definition() {
    let scale = LARGE.exp2();
    for (features, length, hop, dilation) in
        [(1, 1, 1, 1), (3, 1, 1, 1), (2, 5, 1, 1), (2, 5, 2, 3), (1, 4, 9, 1), (2, 3, 4, 6), (3, 4, 6, 4), (1, 8, 3, 2)]
    {
        let shape = Shape::new(features, length, hop, dilation).unwrap();
        let grid = Grid { shift: &[0.25, -0.25, 0.125][..features], scale: &[scale, scale / 2.0, 3.0][..features] };
        for rows in [0, 1, length, 17, 100, 4000] {
            let mut x = numbers(rows * features, rows as u64);
            for holes in [0, 1, 3] {
                if rows > 0 {
                    (0..holes).for_each(|k| x[(k * 7919 + 13) % (rows * features)] = f64::NAN);
                }
                let expected = plain(&x, shape, grid);
                for level in Level::available() {
                    let mut gram = Gram::new(shape.width());
                    assert_eq!(gram.add(level, &x, shape, grid, 2, &|| false), Ok(Ok(())));
                    assert_eq!(gram, expected, "{shape:?} {rows} rows, {holes} holes, {level}");
                    assert_eq!(
                        Gram::from_words(gram.width, gram.windows, gram.left_out, &gram.words()).as_ref(),
                        Some(&gram)
                    );
                }
            }
        }
    }
}

const LARGE: f64 = 40.0; // |x - shift| is below 2

#[test]
fn a_number_outside_of_the_grid_is_named_and_nothing_is_added() {
    let shape = Shape::new(2, 3, 1, 1).unwrap();
    let mut x = numbers(200_000, 1);
    x[100_001] = 1e9;
    x[190_000] = 1e9;
    let mut gram = Gram::new(6);
    let grid = Grid { shift: &[0.0; 2], scale: &[LARGE.exp2(); 2] };
    let added = gram.add(Level::best(), &x, shape, grid, 3, &|| false);
    assert_eq!(added, Ok(Err(Outside { row: 50_000, feature: 1 })));
    assert_eq!(gram, Gram::new(6));
}

#[test]
fn constants_have_no_scatter_and_two_values_have_theirs() {
    let shape = Shape::new(1, 2, 1, 1).unwrap();
    let grid = Grid { shift: &[0.0], scale: &[1.0] };
    let mut gram = Gram::new(2);
    gram.add(Level::best(), &[12_345.0; 1000], shape, grid, 1, &|| false).unwrap().unwrap();
    assert_eq!(gram.moments(), Moments { mean: vec![12_345.0; 2], scatter: vec![0.0; 4] });
    let mut gram = Gram::new(1);
    let shape = Shape::new(1, 1, 1, 1).unwrap();
    gram.add(Level::best(), &[0.0, 1.0, 1.0, 1.0], shape, grid, 1, &|| false).unwrap().unwrap();
    assert_eq!(gram.moments(), Moments { mean: vec![0.75], scatter: vec![0.75] });
}
