"""A stand-in for Firebase Cloud Messaging that speaks its protocol over real HTTP."""
