use super::*;

/// Rows of which every number says series and position; the series of row `r`.
fn stream(n: usize, series: u32, f: usize) -> (Vec<f64>, Vec<u32>) {
    let codes: Vec<u32> = (0..n).map(|r| ((r * 7919 + r / 5) as u32 / 3) % series).collect();
    let mut seen = vec![0; series as usize];
    let mut rows = Vec::new();
    for &code in &codes {
        let position = &mut seen[code as usize];
        rows.extend((0..f).map(|c| f64::from(code) * 1e6 + f64::from(*position) * 10.0 + c as f64));
        *position += 1;
    }
    (rows, codes)
}

type Made = (Vec<f64>, Vec<i64>);

fn pieces(shape: Shape, rows: &[f64], codes: &[u32], cuts: &[usize], restore: bool, columns: bool) -> Made {
    let f = shape.features;
    let mut framer = Framer::new(shape);
    let (mut made, mut from) = (Made::default(), 0);
    for &to in cuts.iter().chain([&codes.len()]) {
        let (x, codes) = (&rows[from * f..to * f], &codes[from..to]);
        let n = codes.len();
        let bound = framer.bound(n, 9);
        let (mut out, mut ends) = (vec![f64::NAN; bound * shape.width()], vec![-1; bound]);
        let split: Vec<Vec<f64>> = (0..f).map(|c| x.iter().skip(c).step_by(f).copied().collect()).collect();
        let split: Vec<&[f64]> = split.iter().map(|c| &c[..]).collect();
        let rows = if columns { Rows::Columns(&split) } else { Rows::Matrix(x) };
        let m = framer.push(&rows, n, Some(codes), None, &mut out, &mut ends).unwrap();
        made.0.extend(&out[..m * shape.width()]);
        made.1.extend(ends[..m].iter().map(|e| e + from as i64));
        if restore {
            framer = Framer::restored(shape, &framer.snapshot()).unwrap();
        }
        from = to;
    }
    made
}

#[test]
fn any_cut_gives_the_windows_of_the_definition() {
    for (f, length, hop, dilation) in
        [(1, 1, 1, 1), (2, 3, 1, 1), (2, 3, 2, 2), (1, 4, 9, 1), (3, 8, 4, 1), (1, 2, 30, 7), (1, 3, 1, 90)]
    {
        let shape = Shape::new(f, length, hop, dilation).unwrap();
        for (n, series) in [(0, 1), (1, 1), (900, 1), (900, 4), (900, 9)] {
            let (rows, codes) = stream(n, series, f);
            let mut expected = Made::default();
            let mut places = vec![Vec::new(); series as usize];
            for (r, &code) in codes.iter().enumerate() {
                let place = &mut places[code as usize];
                place.push(r);
                let Some(start) = place.len().checked_sub(shape.span()) else { continue };
                if start % hop == 0 {
                    for j in 0..length {
                        expected.0.extend(&rows[place[start + j * dilation] * f..][..f]);
                    }
                    expected.1.push(r as i64);
                }
            }
            let many: Vec<usize> = (0..n).step_by(7).collect();
            let single: Vec<usize> = (0..n).collect();
            for cuts in [&[][..], &[n / 2], &[n / 3, n / 3, n / 2], &many, &single] {
                for (restore, columns) in [(false, false), (true, false), (false, true)] {
                    assert_eq!(
                        pieces(shape, &rows, &codes, cuts, restore, columns),
                        expected,
                        "{shape:?} {n} {series}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_long_step_in_time_starts_anew() {
    let shape = Shape::new(1, 2, 1, 1).unwrap();
    let rows: Vec<f64> = (0..7).map(f64::from).collect();
    let times = [0, 1, 5, 6, 7, 20, 21];
    for cut in 0..7 {
        let mut framer = Framer::new(shape);
        let mut made = Vec::new();
        for range in [0..cut, cut..7] {
            let (mut out, mut ends) = ([0.0; 14], [0; 7]);
            let (x, t) = (Rows::Matrix(&rows[range.clone()]), Times::Whole(&times[range.clone()], 3));
            let m = framer.push(&x, range.len(), None, Some(t), &mut out, &mut ends).unwrap();
            made.extend_from_slice(&out[..2 * m]);
        }
        assert_eq!(made, [0.0, 1.0, 2.0, 3.0, 3.0, 4.0, 5.0, 6.0]);
    }
}

#[test]
fn a_series_that_starts_anew_again_and_again_stays_within_the_bound() {
    let shape = Shape::new(1, 2, 9, 1).unwrap();
    let mut framer = Framer::new(shape);
    let times: Vec<i64> = (0..40).map(|r| r / 2 * 10 + r % 2).collect();
    let bound = framer.bound(40, 1);
    let (mut out, mut ends) = (vec![0.0; 2 * bound], vec![0; bound]);
    let made = framer.push(&Rows::Matrix(&[0.0; 40]), 40, None, Some(Times::Whole(&times, 5)), &mut out, &mut ends);
    assert_eq!(made, Ok(20));
}

#[test]
fn times_that_fall_are_refused_and_change_nothing() {
    let shape = Shape::new(1, 2, 1, 1).unwrap();
    let mut framer = Framer::new(shape);
    let (mut out, mut ends) = ([0.0; 8], [0; 4]);
    let mut push = |framer: &mut Framer<f64>, t: &[f64], codes: &[u32]| {
        framer.push(
            &Rows::Matrix(&[1.0; 4][..t.len()]),
            t.len(),
            Some(codes),
            Some(Times::Real(t, 9.0)),
            &mut out,
            &mut ends,
        )
    };
    assert_eq!(push(&mut framer, &[2.0, 1.0, 3.0], &[0, 1, 0]), Ok(1));
    let before = framer.snapshot();
    assert_eq!(push(&mut framer, &[4.0, 2.5], &[1, 0]), Err(Trouble::Backwards(1)));
    assert_eq!(push(&mut framer, &[4.0, f64::NAN], &[0, 0]), Err(Trouble::NoTime(1)));
    assert_eq!(framer.snapshot(), before);
}

#[test]
fn a_series_keeps_the_rows_it_needs_and_no_more() {
    let shape = Shape::new(1, 8, 4, 1).unwrap();
    let mut framer = Framer::new(shape);
    let rows = vec![0.5; 10_000];
    let (mut out, mut ends) = (vec![0.0; 8 * 2501], vec![0; 2501]);
    framer.push(&Rows::Matrix(&rows), rows.len(), None, None, &mut out, &mut ends).unwrap();
    assert!(framer.snapshot().rows.len() < 8);
    assert!(framer.series[0].rows.capacity() <= 16);
}

#[test]
fn a_snapshot_of_another_shape_is_refused() {
    let mut framer = Framer::new(Shape::new(1, 8, 1, 1).unwrap());
    framer.push(&Rows::Matrix(&[1.0; 6]), 6, None, None, &mut [0.0; 48], &mut [0; 6]).unwrap();
    let snapshot = framer.snapshot();
    assert!(Framer::restored(Shape::new(1, 3, 1, 1).unwrap(), &snapshot).is_none());
    assert!(Framer::restored(Shape::new(4, 8, 1, 1).unwrap(), &snapshot).is_none());
}
