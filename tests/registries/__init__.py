"""What must be said of an entry of a table, checked one by one: for each kind a list of complaints.

A complaint begins with the place where something is missing or untrue. The entries of the tables
have none; `test_newcomers` has entries with some.
"""
