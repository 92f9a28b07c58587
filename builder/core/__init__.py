"""Values that know neither a network nor torch: sentences, options, calls of torch as data, undo, numerals, colours."""
