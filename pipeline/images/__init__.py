"""Bytes that are pictures: what they are, whether they are whole, and a small copy to look at."""
