"""The migrations, in the order that each says of itself."""
