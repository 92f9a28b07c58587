"""The live network: its module with seeded weights, and a batch sent through it. Looking never changes it."""
