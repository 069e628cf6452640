"""What people look at: progress, tables, and the words a run ends with."""
