"""Run folders: a training started, stopped, resumed; recipes of published results."""
