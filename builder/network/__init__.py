"""What a person built, and what it comes to: the spec, its input and batch, and the plan that everything else is made from."""
