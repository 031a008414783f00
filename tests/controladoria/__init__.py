"""Controllership lines at random, and what the rules' definition makes of them."""
