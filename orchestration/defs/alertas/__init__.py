"""Telling people what runs did: sensors that watch them."""
