"""HTTP for the phone and the clinic."""
