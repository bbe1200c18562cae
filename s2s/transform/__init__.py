"""Passes from program to program: one file each."""
