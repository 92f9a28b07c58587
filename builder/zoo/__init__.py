"""Networks to start from: small ones for a class, and those of the literature with their published counts."""
