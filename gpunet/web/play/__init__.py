"""The page to play on: settings, a training that is watched, and what is seen of it."""
