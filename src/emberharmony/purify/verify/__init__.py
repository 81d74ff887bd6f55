"""Prove that a port computes what the original computes, on every backend, by running both in their own process."""

from emberharmony.purify.verify.run import verify
from emberharmony.purify.verify.verdict import Tried, Verdict, VerifySettings

__all__ = ["Tried", "Verdict", "VerifySettings", "verify"]
