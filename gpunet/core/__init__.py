"""The ground floor: what every room may know: errors, files, seeds, rules of values."""
