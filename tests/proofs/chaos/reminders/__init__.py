"""Dispatchers that die, a database that restarts, clocks that step: what reaches the phones?"""
