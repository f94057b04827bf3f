"""Lifetime value: how often a buyer comes back, and what an order is worth."""
