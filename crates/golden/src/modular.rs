//! Matrices over a field of p elements: determinants, solutions, ranks and characteristic polynomials.

use crate::residues::{inverse, multiply, subtract, sum};

/// Reduce the first `columns` columns of `rows` (each `width` long) to row echelon form, ones on the pivots, zeros below
/// and above. Gives the pivots' columns and the product of the pivots with the sign of the exchanges.
fn eliminate(matrix: &mut [u32], width: usize, columns: usize, p: u32) -> (Vec<usize>, u32) {
    let rows = matrix.len().checked_div(width).unwrap_or(0);
    let (mut pivots, mut product) = (Vec::new(), 1 % p);
    for column in 0..columns {
        let rank = pivots.len();
        let Some(found) = (rank..rows).find(|row| matrix[row * width + column] != 0) else { continue };
        if found != rank {
            let (upper, lower) = matrix.split_at_mut(found * width);
            upper[rank * width..(rank + 1) * width].swap_with_slice(&mut lower[..width]);
            product = subtract(0, product, p);
        }
        let pivot = matrix[rank * width + column];
        product = multiply(product, pivot, p);
        let scale = inverse(pivot, p);
        let (before, rest) = matrix.split_at_mut(rank * width);
        let (own, after) = rest.split_at_mut(width);
        own[column..].iter_mut().for_each(|x| *x = multiply(*x, scale, p));
        for row in before.chunks_exact_mut(width).chain(after.chunks_exact_mut(width)) {
            let times = row[column];
            if times != 0 {
                let less = u64::from(p - times); // x - times y, with one division
                for (x, &y) in row[column..].iter_mut().zip(&own[column..]) {
                    *x = low((u64::from(*x) + less * u64::from(y)) % u64::from(p));
                }
            }
        }
        pivots.push(column);
    }
    (pivots, product)
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "below a prime of 31 bits")]
fn low(x: u64) -> u32 {
    x as u32
}

/// The rank of a matrix of so many columns; it is destroyed.
///
/// # Panics
/// Where the matrix has no whole rows.
#[must_use]
pub fn rank(matrix: &mut [u32], columns: usize, p: u32) -> usize {
    assert!(matrix.is_empty() || matrix.len().is_multiple_of(columns), "rank: whole rows");
    eliminate(matrix, columns, columns, p).0.len()
}

/// The determinant `d` of the left n x n part of `n` rows of `width`, and in the place of the rest its solutions times d:
/// `adj(A) B`. Where d is zero the rest is left without meaning.
///
/// # Panics
/// Where the matrix has other than n rows of at least n.
#[must_use]
pub fn solve(matrix: &mut [u32], n: usize, width: usize, p: u32) -> u32 {
    assert!(width >= n && matrix.len() == n * width, "solve: n rows of width");
    let (pivots, product) = eliminate(matrix, width, n, p);
    if pivots.len() < n {
        return 0;
    }
    for row in matrix.chunks_exact_mut(width.max(1)) {
        row[n..].iter_mut().for_each(|x| *x = multiply(*x, product, p));
    }
    product
}

/// The characteristic polynomial `det(x I - A)`, lowest coefficient first, n + 1 of them: by way of Hessenberg's form.
///
/// # Panics
/// Where the matrix is not n x n.
#[must_use]
pub fn charpoly(matrix: &mut [u32], n: usize, p: u32) -> Vec<u32> {
    assert!(matrix.len() == n * n, "charpoly: a square matrix");
    hessenberg(matrix, n, p);
    let at = |i: usize, j: usize| matrix[i * n + j];
    let mut polynomials: Vec<Vec<u32>> = vec![vec![1 % p]];
    for k in 0..n {
        let last = &polynomials[k];
        let mut next = vec![0; k + 2];
        for (i, &c) in last.iter().enumerate() {
            next[i + 1] = sum(next[i + 1], c, p);
            next[i] = subtract(next[i], multiply(at(k, k), c, p), p);
        }
        let mut path = 1 % p; // the product of what stands below the diagonal
        for j in (0..k).rev() {
            path = multiply(path, at(j + 1, j), p);
            let times = multiply(path, at(j, k), p);
            for (i, &c) in polynomials[j].iter().enumerate() {
                next[i] = subtract(next[i], multiply(times, c, p), p);
            }
        }
        polynomials.push(next);
    }
    polynomials.pop().unwrap_or_default()
}

/// A similar matrix with zeros below the first subdiagonal.
fn hessenberg(matrix: &mut [u32], n: usize, p: u32) {
    for k in 1..n.saturating_sub(1) {
        let Some(found) = (k..n).find(|row| matrix[row * n + k - 1] != 0) else { continue };
        if found != k {
            for j in 0..n {
                matrix.swap(found * n + j, k * n + j);
            }
            for i in 0..n {
                matrix.swap(i * n + found, i * n + k);
            }
        }
        let scale = inverse(matrix[k * n + k - 1], p);
        for row in k + 1..n {
            let times = multiply(matrix[row * n + k - 1], scale, p);
            if times == 0 {
                continue;
            }
            for j in 0..n {
                matrix[row * n + j] = subtract(matrix[row * n + j], multiply(times, matrix[k * n + j], p), p);
            }
            for i in 0..n {
                matrix[i * n + k] = sum(matrix[i * n + k], multiply(times, matrix[i * n + row], p), p);
            }
        }
    }
}
