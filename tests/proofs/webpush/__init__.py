"""A push service of browsers on this machine, which checks and decrypts what it is sent."""
