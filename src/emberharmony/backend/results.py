"""Named results of the functions that return several arrays, as the Array API standard names their fields."""

from typing import Generic, NamedTuple, TypeVar

A = TypeVar("A")


class EighResult(NamedTuple, Generic[A]):
    eigenvalues: A
    eigenvectors: A


class EigResult(NamedTuple, Generic[A]):
    eigenvalues: A
    eigenvectors: A


class QRResult(NamedTuple, Generic[A]):
    Q: A
    R: A


class SlogdetResult(NamedTuple, Generic[A]):
    sign: A
    logabsdet: A


class SVDResult(NamedTuple, Generic[A]):
    U: A
    S: A
    Vh: A


class UniqueAllResult(NamedTuple, Generic[A]):
    values: A
    indices: A
    inverse_indices: A
    counts: A


class UniqueCountsResult(NamedTuple, Generic[A]):
    values: A
    counts: A


class UniqueInverseResult(NamedTuple, Generic[A]):
    values: A
    inverse_indices: A
