"""The evidence for purify: released packages, labels made by running them, cases, and a judge of its own."""
