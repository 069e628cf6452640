"""The loop, its settings and records, and the files it leaves behind."""
