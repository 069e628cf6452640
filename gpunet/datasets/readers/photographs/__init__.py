"""Photographs of handwriting: paper evened out, ink told from rules and specks, digits found."""
