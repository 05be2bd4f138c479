"""Doors knocked at with whatever their own description allows, and with what it doesn't."""
