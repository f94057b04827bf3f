"""Trains the real learners on a finished table and hands back native model files and numbers (contracts/)."""
